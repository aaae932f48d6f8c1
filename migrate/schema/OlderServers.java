package migrate.schema;

import fixtures.urls.EnvironmentError;
import org.jooq.DSLContext;

/// How a server's sessions tell which schema its code knows, and who looks at it: a step that takes
/// away what older servers need is not done while one of them is connected.
public final class OlderServers {
  private static final class Head {
    static final int VERSION = Steps.bundled(Dialect.POSTGRES).head();
  }

  private OlderServers() {}

  /// The name of a pool's sessions: `vyry-requests schema 0005`.
  public static String named(String pool) {
    return "%s schema %04d".formatted(pool, Head.VERSION);
  }

  /// @throws EnvironmentError when a server is connected whose code does not know this version
  static void refuse(DSLContext dsl, Step step) {
    // All users may see all sessions' names. A server keeps some sessions open at all times.
    var older =
        dsl.fetch(
            "SELECT application_name, count(*) AS sessions, min(pid) AS pid FROM pg_stat_activity"
                + " WHERE datname = current_database() AND application_name ~ ' schema [0-9]{4}$'"
                + " AND right(application_name, 4)::integer < ?"
                + " GROUP BY application_name ORDER BY application_name",
            step.version());
    if (!older.isEmpty()) {
      var first = older.getFirst();
      throw new EnvironmentError(
          ("%s takes away what older servers need, and some are connected (%s sessions of '%s',"
                  + " session %s among them): stop them first")
              .formatted(step.file(), first.get("sessions"), first.get(0), first.get("pid")));
    }
  }
}
