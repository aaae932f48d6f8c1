package server.operations;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import javax.sql.DataSource;
import server.http.ErrorCode;
import server.http.Json;
import server.http.Routes;

/// Whether this node lives, and whether it can serve. Thread-safe.
///
/// `/health/live` asks nothing. `/health/ready` asks each database: 503 when one that is needed is
/// away or the node is stopping; 200 and `degraded` when one is away that can be done without.
public final class Health implements Routes {
  /// A database that takes longer is away, as far as clients can tell.
  private static final int PROBE_SECONDS = 1;

  /// Anyone may ask, so the databases are asked at most this often.
  private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final Supplier<List<Database>> databases;
  private final ReentrantLock asking = new ReentrantLock();
  private volatile boolean stopping;
  private List<State> last; // guarded by `asking`, as is lastAt
  private long lastAt;

  /// @param databases that are used now, in the order in which they are told of
  public Health(Supplier<List<Database>> databases) {
    this.databases = databases;
  }

  /// A database this node uses.
  ///
  /// @param name as clients see it; no host name
  /// @param needed whether the node is of no use without it
  public record Database(String name, boolean needed, Probe probe) {
    /// PostgreSQL, without which nothing works.
    public static Database postgres(DataSource pool) {
      return new Database(
          "postgres",
          true,
          () -> {
            try (Connection connection = pool.getConnection()) {
              return connection.isValid(PROBE_SECONDS);
            }
          });
    }

    /// Redis, without which logging in is off and messages take longer.
    public static Database redis(BooleanSupplier available) {
      return new Database("redis", false, available::getAsBoolean);
    }
  }

  /// Asks a database for a sign of life; may block, is interrupted when it takes too long.
  @FunctionalInterface
  public interface Probe {
    /// Whether it answers; throwing means no.
    boolean answers() throws Exception;
  }

  private record State(String name, String state, boolean needed) {}

  /// From now on the node is not ready, so that a load balancer sends nobody here any more.
  public void stopping() {
    stopping = true;
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.get("/health/live", request -> Json.write(request, 200, Map.of("status", "live")));
    routes.get("/health/ready", this::ready);
  }

  private void ready(Context request) {
    List<State> states = states();
    List<String> away =
        states.stream().filter(s -> !s.state.equals("up")).map(State::name).toList();
    boolean unavailable = states.stream().anyMatch(s -> s.needed && !s.state.equals("up"));
    Map<String, Object> body = new LinkedHashMap<>();
    if (stopping || unavailable) {
      body.put("status", stopping ? "stopping" : "unavailable");
      body.put(
          "error",
          stopping
              ? "this node is stopping; ask another one"
              : "away: " + String.join(", ", away) + "; try again later");
      body.put("error_code", ErrorCode.UNAVAILABLE.name());
      body.put("retry_after_seconds", 1);
      request.header("Retry-After", "1");
    } else {
      body.put("status", away.isEmpty() ? "ready" : "degraded");
    }
    body.put("databases", states);
    Json.write(request, body.containsKey("error") ? 503 : 200, body);
  }

  private List<State> states() {
    asking.lock();
    try {
      if (last == null || System.nanoTime() - lastAt > FRESH_NANOS) {
        last = ask();
        lastAt = System.nanoTime();
      }
      return last;
    } finally {
      asking.unlock();
    }
  }

  private List<State> ask() {
    List<Database> used = databases.get();
    List<FutureTask<Boolean>> answers = new ArrayList<>();
    for (Database database : used) {
      var answer = new FutureTask<>(database.probe()::answers);
      Thread.ofVirtual().name("health-" + database.name()).start(answer);
      answers.add(answer);
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PROBE_SECONDS);
    List<State> states = new ArrayList<>();
    for (int i = 0; i < used.size(); i++) {
      Database database = used.get(i);
      String state = answered(answers.get(i), deadline) ? "up" : "away";
      states.add(new State(database.name(), state, database.needed()));
    }
    return states;
  }

  private static boolean answered(FutureTask<Boolean> answer, long deadline) {
    try {
      return answer.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException _) {
      answer.cancel(true);
      return false;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
