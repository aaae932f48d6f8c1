package migrate.schema;

import static org.jooq.impl.DSL.raw;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;

/// Looks, in a session and a thread of its own, at who waits for the session that changes the
/// schema and for whom that one waits; tells people, and stops the change when somebody waits for
/// longer than it may. Without a way to a second session it sees and stops nothing.
///
/// The thread that changes the schema calls [#begin] and [#end] around each attempt. What both
/// threads touch is guarded by `this`: so a cancellation is sent only within the attempt it is
/// meant for. PostgreSQL ignores one that comes when no statement runs ("If we're not in a command,
/// ignore", its `ProcessInterrupts`).
final class Watch implements AutoCloseable {
  /// A look costs PostgreSQL some 0.2 ms, and a bound is kept to that precision.
  private static final long LOOK_MILLIS = 100;

  /// To connect, and for a look on a server that is very busy.
  private static final int TIMEOUT_SECONDS = 10;

  /// Shorter waits are not worth a line; a lock time-out tells more.
  private static final long TELL_MILLIS = 1_000;

  /// Nobody notices shorter ones.
  private static final long BLOCKED_MILLIS = 250;

  /// Of a session that is told of.
  private static final int QUERY_CHARACTERS = 80;

  /// What PostgreSQL shows instead of another user's statement.
  private static final String HIDDEN = "<insufficient privilege>";

  /// Locks that are waited for, with the times since when: all sessions may see those, while what
  /// others do is seen by their owner and by pg_read_all_stats only.
  private static final String WAITING =
      """
      SELECT w.pid, extract(epoch FROM clock_timestamp() - w.since) * 1000 AS millis,
        pg_blocking_pids(w.pid) AS blockers,
        coalesce(nullif(a.application_name, ''), a.usename, 'of another user') AS name,
        left(regexp_replace(coalesce(a.query, ''), '\\s+', ' ', 'g'), %d) AS query
      FROM (SELECT l.pid, min(coalesce(l.waitstart, clock_timestamp())) AS since FROM pg_locks l
            WHERE NOT l.granted GROUP BY l.pid ORDER BY 2 LIMIT 200) w
      LEFT JOIN pg_stat_activity a ON a.pid = w.pid\
      """
          .formatted(QUERY_CHARACTERS);

  private static final String SESSION =
      """
      SELECT pid, coalesce(nullif(application_name, ''), usename, 'of another user') AS name,
        coalesce(state, 'state hidden') AS state,
        to_char(xact_start AT TIME ZONE 'UTC', 'HH24:MI:SS"Z"') AS since,
        left(regexp_replace(coalesce(query, ''), '\\s+', ' ', 'g'), %d) AS query
      FROM pg_stat_activity WHERE pid = ANY (?)\
      """
          .formatted(QUERY_CHARACTERS);

  /// A session that waits for the change.
  record Blocked(int pid, long millis, String name, String query) {
    String sentence() {
      return "session %d '%s' for %d ms%s"
          .formatted(pid, name, millis, query.isBlank() ? "" : ": " + shown(query));
    }
  }

  private static String shown(String query) {
    return query.startsWith(HIDDEN)
        ? "what it does is hidden from this user, GRANT pg_read_all_stats shows it"
        : query;
  }

  /// Why an attempt was stopped.
  ///
  /// @param again whether it may go better the next time
  record Stopped(String why, boolean again) {}

  private final Optional<DataSource> source;
  private final int pid;
  private final Progress progress;
  private volatile boolean closed;
  private Thread thread;

  // Guarded by `this`.
  private boolean under;
  private boolean started;
  private Patience patience;
  private Stopped stopped;
  private String holders = "";
  private String toldHolders = "";
  private long toldMillis;

  /// @param source of the second session; empty when there is none to be had
  /// @param pid of the session that is watched
  Watch(Optional<DataSource> source, int pid, Progress progress) {
    this.source = source;
    this.pid = pid;
    this.progress = progress;
  }

  /// An attempt begins, under these bounds.
  synchronized void begin(Patience bounds) {
    patience = bounds;
    stopped = null;
    holders = "";
    toldHolders = "";
    toldMillis = BLOCKED_MILLIS;
    under = true;
    if (!started && source.isPresent()) {
      started = true;
      thread = Thread.ofPlatform().daemon().name("schema-watch").start(this::run);
    }
    notifyAll();
  }

  /// The attempt has ended.
  ///
  /// @return why it was stopped from here; empty when it was not
  synchronized Optional<Stopped> end() {
    under = false;
    return Optional.ofNullable(stopped);
  }

  /// For whom the attempt was last seen waiting; empty when it was not seen to wait.
  synchronized String holders() {
    return holders;
  }

  @Override
  public void close() {
    closed = true;
    if (thread != null) {
      thread.interrupt();
    }
  }

  private void run() {
    try (var connection = source.orElseThrow().getConnection()) {
      connection.setAutoCommit(true);
      var dsl = DSL.using(connection, SQLDialect.POSTGRES, PostgresTarget.STATIC);
      dsl.execute(raw("SET statement_timeout = '" + TIMEOUT_SECONDS + "s'"));
      while (!closed) {
        awaitAttempt();
        look(dsl);
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      }
      reset(connection);
    } catch (InterruptedException _) {
      // It was closed; the session with it.
    } catch (SQLException | DataAccessException e) {
      if (!closed) {
        progress.notice(
            "nobody watches who is blocked any more (lock time-outs still hold): "
                + e.getMessage());
      }
    }
  }

  /// A pool would hand the session on as it is.
  private static void reset(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("RESET statement_timeout");
    }
  }

  private synchronized void awaitAttempt() throws InterruptedException {
    while (!under) {
      wait(TimeUnit.MINUTES.toMillis(1)); // or until [#begin] or [#close]
    }
  }

  private void look(DSLContext dsl) {
    var rows = dsl.resultQuery(raw(WAITING)).fetch();
    var ours = new HashSet<Integer>(List.of(pid));
    var blocked = new ArrayList<Blocked>();
    for (boolean grown = true; grown; ) { // who waits for one that waits for us waits for us
      grown = false;
      for (var row : rows) {
        int waiting = row.get("pid", int.class);
        if (!ours.contains(waiting) && intersects(ours, row.get("blockers", Integer[].class))) {
          ours.add(waiting);
          grown = true;
          blocked.add(
              new Blocked(
                  waiting,
                  row.get("millis", long.class),
                  row.get("name", String.class),
                  row.get("query", String.class)));
        }
      }
    }
    String held = "";
    long waitedMillis = 0;
    for (var row : rows) {
      if (row.get("pid", int.class) == pid) {
        held = sessions(dsl, row.get("blockers", Integer[].class));
        waitedMillis = row.get("millis", long.class);
      }
    }
    blocked.sort((a, b) -> Long.compare(b.millis(), a.millis()));
    judge(dsl, blocked, held, waitedMillis);
  }

  private static boolean intersects(HashSet<Integer> ours, Integer[] blockers) {
    return blockers != null && Arrays.stream(blockers).anyMatch(ours::contains);
  }

  private static String sessions(DSLContext dsl, Integer[] pids) {
    return String.join(
        ", ",
        dsl.fetch(SESSION, (Object) pids)
            .map(row ->
                "session %d '%s' (%s%s%s)"
                    .formatted(
                        row.get("pid", int.class),
                        row.get("name", String.class),
                        row.get("state", String.class),
                        row.get("since", String.class) == null
                            ? ""
                            : ", in a transaction since " + row.get("since", String.class),
                        row.get("query", String.class).isBlank()
                            ? ""
                            : ", " + shown(row.get("query", String.class)))));
  }

  private synchronized void judge(
      DSLContext dsl, List<Blocked> blocked, String held, long waitedMillis) {
    if (!under || stopped != null) {
      return;
    }
    if (!held.isEmpty()) {
      holders = held;
      if (waitedMillis >= TELL_MILLIS && !held.equals(toldHolders)) {
        progress.notice("waits for " + held);
        toldHolders = held;
      }
    }
    if (waitedMillis > patience.longestWait().toMillis()) {
      stop(dsl, "it waited %d s for %s".formatted(waitedMillis / 1_000, held), false);
    }
    if (blocked.isEmpty()) {
      return;
    }
    long longest = blocked.getFirst().millis();
    if (longest >= toldMillis) { // then at twice the time, and so on
      progress.blocking(blocked.size(), Duration.ofMillis(longest), blocked.getFirst().sentence());
      toldMillis = 2 * longest;
    }
    if (longest >= patience.maxBlocking().toMillis()) {
      stop(
          dsl,
          "it kept %d %s waiting, longer than the %d ms it may (%s)"
              .formatted(
                  blocked.size(),
                  blocked.size() == 1 ? "session" : "sessions",
                  patience.maxBlocking().toMillis(),
                  blocked.getFirst().sentence()),
          true);
    }
  }

  private void stop(DSLContext dsl, String why, boolean again) {
    stopped = new Stopped(why, again);
    dsl.fetchValue("SELECT pg_cancel_backend(?)", pid);
  }
}
