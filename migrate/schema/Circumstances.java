package migrate.schema;

import fixtures.urls.EnvironmentError;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.postgresql.PGConnection;

/// What has to be so before a schema is changed, and what mends it when it is not.
final class Circumstances {
  /// Each asks two sessions who they are: a pooler that hands its own out by transaction gives both
  /// the same one as soon as nobody else wants it meanwhile.
  private static final int POOLER_TRIES = 10;

  private Circumstances() {}

  /// @throws EnvironmentError saying what is missing
  static void require(DSLContext dsl, Optional<DataSource> second) {
    var row =
        dsl.fetchSingle(
            """
            SELECT pg_is_in_recovery() AS standby, current_schema() AS schema,
              current_user AS role, pg_backend_pid() AS pid,
              has_schema_privilege(current_schema(), 'CREATE') AS create\
            """);
    if (row.get("standby", boolean.class)) {
      throw new EnvironmentError(
          "this PostgreSQL is a standby and can't be changed: set POSTGRES_URL to its primary");
    }
    if (!row.get("create", boolean.class)) {
      String schema = row.get("schema", String.class);
      String role = row.get("role", String.class);
      throw new EnvironmentError(
          ("permission denied for schema %s: %s may make nothing there; its owner says"
                  + " GRANT USAGE, CREATE ON SCHEMA %s TO %s")
              .formatted(schema, role, schema, role));
    }
    // A pooler tells the client a number of its own making instead of the session's.
    int told = dsl.connectionResult(c -> c.unwrap(PGConnection.class).getBackendPID());
    if (told != row.get("pid", int.class)) {
      requireOwnSession(dsl, second);
    }
  }

  private static void requireOwnSession(DSLContext dsl, Optional<DataSource> second) {
    if (second.isEmpty()) {
      return;
    }
    try (var connection = second.get().getConnection()) {
      var other = DSL.using(connection, SQLDialect.POSTGRES, PostgresTarget.STATIC);
      int first = pid(dsl);
      for (int i = 0; i < POOLER_TRIES; i++) {
        if (pid(other) == pid(dsl) || pid(dsl) != first) {
          throw new EnvironmentError(
              "between here and PostgreSQL is a pooler that gives each transaction another session,"
                  + " and the schema's lock belongs to a session: give POSTGRES_URL of the database"
                  + " itself, or of a pool in session mode");
        }
      }
    } catch (SQLException | DataAccessException e) {
      throw new EnvironmentError(
          "between here and PostgreSQL is a pooler, and it gives no second session: %s: give"
              + " POSTGRES_URL of the database itself".formatted(e.getMessage()),
          e);
    }
  }

  private static int pid(DSLContext dsl) {
    return dsl.fetchSingle("SELECT pg_backend_pid()").get(0, int.class);
  }
}
