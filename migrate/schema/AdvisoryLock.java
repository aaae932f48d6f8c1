package migrate.schema;

import fixtures.urls.EnvironmentError;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;

/// A session-level advisory lock of PostgreSQL: it ends with its session, so a run that dies leaves
/// none behind. It is one for each schema of a database. For one thread.
final class AdvisoryLock {
  /// Marks locks of this engine among all advisory locks: "VYRY" in ASCII.
  private static final int CLASS = 0x56595259;

  /// Between tries. It is tried again and again and not waited for inside PostgreSQL, because a
  /// waiting statement has a snapshot, and CREATE INDEX CONCURRENTLY in the run that is waited for
  /// would wait for that snapshot to end: a deadlock.
  private static final long RETRY_MILLIS = 100;

  /// How often PostgreSQL looks, in the midst of a statement, whether the client is still there: a
  /// killed run would else keep the lock until the statement ends. Not to be had on all systems.
  private static final String CLIENT_CHECK = "1s";

  private static final String NAME = "vyry migrate";

  private final DSLContext dsl;

  /// What it is set back to; null while the lock is not held.
  private String formerName;

  AdvisoryLock(DSLContext dsl) {
    this.dsl = dsl;
  }

  void take(Duration timeout, Progress progress) {
    var end = Instant.now().plus(timeout);
    String told = null;
    while (!tryTake()) {
      String holder = holder();
      if (!Instant.now().isBefore(end)) {
        throw new EnvironmentError(
            ("another run holds the schema's lock: %s; waited %d s for it: see what it does,"
                    + " wait longer with --lock-timeout, or end it with pg_terminate_backend")
                .formatted(holder, timeout.toSeconds()));
      }
      if (!holder.equals(told)) {
        progress.waiting(holder, timeout);
        told = holder;
      }
      Attempts.sleep(Duration.ofMillis(RETRY_MILLIS));
    }
    formerName = dsl.fetchSingle("SELECT current_setting('application_name')").get(0, String.class);
    dsl.execute(
        "SELECT set_config('application_name', ?, false)",
        NAME + " by " + Identity.ofThisProcess());
    try {
      dsl.execute("SELECT set_config('client_connection_check_interval', ?, false)", CLIENT_CHECK);
    } catch (DataAccessException _) {
      // "must be set to 0 on platforms that do not support it": a killed run is noticed later then.
    }
  }

  /// Does nothing when it is not held, or when the session is gone and the lock with it.
  void release() {
    if (formerName == null) {
      return;
    }
    String name = formerName;
    formerName = null;
    try {
      dsl.execute("SELECT set_config('application_name', ?, false)", name);
      dsl.execute("RESET client_connection_check_interval");
      dsl.execute("SELECT pg_advisory_unlock(?, hashtext(current_schema()))", CLASS);
    } catch (DataAccessException _) {
      // A session that can't be spoken to is closed by its pool or its owner, which frees the lock.
    }
  }

  private boolean tryTake() {
    return dsl.fetchSingle("SELECT pg_try_advisory_lock(?, hashtext(current_schema()))", CLASS)
        .get(0, boolean.class);
  }

  private String holder() {
    var row =
        dsl.fetchOne(
            """
            SELECT a.pid, a.application_name, a.client_addr::text AS address,
              to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
            FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND l.classid::bigint = ?
              AND l.objid::bigint = (hashtext(current_schema())::bigint & 4294967295)
            """,
            CLASS);
    if (row == null || row.get("pid") == null) {
      return "one that is just ending, or is hidden from this user";
    }
    return "session %d, '%s', from %s, connected since %s"
        .formatted(
            row.get("pid", int.class),
            row.get("application_name", String.class),
            Objects.requireNonNullElse(row.get("address", String.class), "a local socket"),
            row.get("since", String.class));
  }
}
