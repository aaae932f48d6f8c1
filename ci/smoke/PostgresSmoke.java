package ci.smoke;

import fixtures.urls.PostgresUrl;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import migrate.schema.Dialect;
import migrate.schema.PostgresFingerprint;
import migrate.schema.PostgresSchema;
import migrate.schema.Schema;
import migrate.schema.ScratchDatabase;
import migrate.schema.Step;
import migrate.schema.Steps;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/// Takes PostgreSQL's schema up and down and compares what the catalogs say, in databases of its
/// own beside the given one, which it drops. For one thread.
public final class PostgresSmoke {
  /// Both runners wait for the lock and then find the work done; far below that they have met.
  private static final int RUNNERS_LIMIT_SECONDS = 120;

  private static final int DIFFERENCES_SHOWN = 3;

  private final PostgresUrl server;
  private final Steps steps;
  private final PostgresSchema schema;
  private final Consumer<Check> done;

  /// The steps that come with the code.
  ///
  /// @param server where databases may be created
  /// @param done told of each check as it ends
  public PostgresSmoke(PostgresUrl server, Consumer<Check> done) {
    this(server, Steps.bundled(Dialect.POSTGRES), done);
  }

  PostgresSmoke(PostgresUrl server, Steps steps, Consumer<Check> done) {
    this.server = server;
    this.steps = steps;
    this.schema = Schema.postgres(steps);
    this.done = done;
  }

  /// Makes all checks, also when one has failed.
  public void run() throws Exception {
    try (var scratch = ScratchDatabase.beside(server)) {
      upAndDown(dsl(scratch));
    }
    try (var scratch = ScratchDatabase.beside(server)) {
      stepByStep(dsl(scratch));
    }
    try (var scratch = ScratchDatabase.beside(server)) {
      twoRunners(scratch);
    }
  }

  private void upAndDown(DSLContext database) {
    var empty = PostgresFingerprint.lines(database);
    check(
        "an empty database comes to the newest version",
        () -> {
          int applied = schema.up(database).size();
          schema.state(database).require();
          return applied == steps.list().size() ? null : "applied " + applied;
        });
    var head = PostgresFingerprint.lines(database);
    check(
        "a second run changes nothing",
        () -> {
          int applied = schema.up(database).size();
          return applied == 0
              ? difference(head, PostgresFingerprint.lines(database))
              : "applied " + applied;
        });
    check(
        "going down leaves nothing behind",
        () -> {
          schema.downTo(database, 0);
          return difference(empty, PostgresFingerprint.lines(database));
        });
    check(
        "coming up again gives an equal schema",
        () -> {
          schema.up(database);
          return difference(head, PostgresFingerprint.lines(database));
        });
  }

  private void stepByStep(DSLContext database) {
    for (Step step : steps.list()) {
      check(
          "step %s can be undone and done again".formatted(step.file()),
          () -> {
            var before = PostgresFingerprint.lines(database);
            schema.up(database, step.version());
            var after = PostgresFingerprint.lines(database);
            schema.down(database, 1);
            var undone = difference(before, PostgresFingerprint.lines(database));
            schema.up(database, step.version());
            return undone != null ? undone : difference(after, PostgresFingerprint.lines(database));
          });
    }
  }

  private void twoRunners(ScratchDatabase scratch) {
    check(
        "two runners at once apply each step once",
        () -> {
          var barrier = new CyclicBarrier(2);
          Callable<Integer> runner =
              () -> {
                var database = dsl(scratch);
                database.fetchValue("SELECT 1"); // connected before both begin
                barrier.await(RUNNERS_LIMIT_SECONDS, TimeUnit.SECONDS);
                return schema.up(database).size();
              };
          int applied = 0;
          try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var end :
                threads.invokeAll(
                    List.of(runner, runner), RUNNERS_LIMIT_SECONDS, TimeUnit.SECONDS)) {
              applied += end.get();
            }
          }
          schema.state(dsl(scratch)).require();
          return applied == steps.list().size() ? null : "applied " + applied + " altogether";
        });
  }

  /// Makes one check.
  ///
  /// @param attempt gives null when all is well, else what is not
  private void check(String name, Callable<String> attempt) {
    long started = System.nanoTime();
    String problem;
    try {
      problem = attempt.call();
    } catch (ExecutionException e) {
      problem = String.valueOf(e.getCause().getMessage());
    } catch (Exception e) {
      problem = String.valueOf(e.getMessage());
    }
    long millis = (System.nanoTime() - started) / 1_000_000;
    String detail = problem == null ? steps.list().size() + " steps" : problem;
    done.accept(new Check(name, problem == null, detail, millis));
  }

  /// Null when the catalogs say the same, else the first lines that only one of them has.
  private static String difference(List<String> expected, List<String> actual) {
    var found = new ArrayList<String>();
    expected.stream()
        .filter(line -> !actual.contains(line))
        .map("missing "::concat)
        .forEach(found::add);
    actual.stream()
        .filter(line -> !expected.contains(line))
        .map("left over "::concat)
        .forEach(found::add);
    if (found.isEmpty()) return null;
    return found.size()
        + " differences: "
        + String.join("; ", found.stream().limit(DIFFERENCES_SHOWN).toList());
  }

  private static DSLContext dsl(ScratchDatabase database) {
    return DSL.using(database.dataSource(), SQLDialect.POSTGRES);
  }
}
