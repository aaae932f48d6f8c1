package migrate.schema;

import static org.jooq.impl.DSL.raw;

import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/// One session with PostgreSQL. A step and its line in the history are one transaction, so that a
/// step is applied whole or not at all, whenever the process or the server dies. The line is
/// written first: should two runs meet in spite of the lock (a pooler may give each transaction
/// another session), the second waits at the primary key and then does nothing.
final class PostgresTarget implements Target {
  /// Nothing newer than this is used in the steps, and nothing older is tried.
  private static final int OLDEST_SERVER_VERSION = 140_000;

  /// A table, column, object or function of that name is there already.
  private static final Set<String> DUPLICATES = Set.of("42P07", "42701", "42710", "42723");

  private static final String CREATE_HISTORY =
      """
      CREATE TABLE IF NOT EXISTS schema_history (
        version     integer PRIMARY KEY,
        name        text NOT NULL,
        checksum    text NOT NULL,
        applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        duration_ms bigint NOT NULL DEFAULT 0,
        applied_by  text NOT NULL
      )\
      """;

  private final DSLContext dsl;
  private final AdvisoryLock lock;

  /// Whether the history's table is known to exist.
  private boolean initialised;

  /// @param dsl on one connection that is in no transaction, with static statements
  PostgresTarget(DSLContext dsl) {
    this.dsl = dsl;
    this.lock = new AdvisoryLock(dsl);
  }

  @Override
  public List<Applied> history() {
    if (!initialised && !inspect()) {
      return List.of();
    }
    return dsl.fetch(
            "SELECT version, name, checksum, applied_at, duration_ms, applied_by"
                + " FROM schema_history ORDER BY version")
        .map(row ->
            new Applied(
                row.get("version", int.class),
                row.get("name", String.class),
                row.get("checksum", String.class),
                row.get("applied_at", Instant.class),
                Duration.ofMillis(row.get("duration_ms", long.class)),
                row.get("applied_by", String.class)));
  }

  /// One query: refuses what can't be worked with, and looks for the history.
  private boolean inspect() {
    var row =
        dsl.fetchSingle(
            """
            SELECT current_schema() AS schema, current_setting('search_path') AS search_path,
              current_setting('server_version_num')::integer AS version_num,
              current_setting('server_version') AS version,
              to_regclass(quote_ident(current_schema()) || '.schema_history') IS NOT NULL AS found\
            """);
    if (row.get("version_num", int.class) < OLDEST_SERVER_VERSION) {
      throw new EnvironmentError(
          "this PostgreSQL is %s, and 14 or newer is needed: upgrade it, or set another POSTGRES_URL"
              .formatted(row.get("version", String.class)));
    }
    if (row.get("schema", String.class) == null) {
      throw new EnvironmentError(
          "the search_path is %s and no schema in it exists: CREATE SCHEMA it first"
              .formatted(row.get("search_path", String.class)));
    }
    return initialised = row.get("found", boolean.class);
  }

  @Override
  public void lock(Duration timeout, Progress progress) {
    if (dsl.fetchSingle("SELECT pg_is_in_recovery()").get(0, boolean.class)) {
      throw new EnvironmentError(
          "this PostgreSQL is a standby and can't be changed: set POSTGRES_URL to its primary");
    }
    lock.take(timeout, progress);
    if (!initialised) {
      guarded("the history can't be created", () -> dsl.execute(raw(CREATE_HISTORY)));
      initialised = true;
    }
  }

  @Override
  public void unlock() {
    lock.release();
  }

  @Override
  public Bookkeeping bookkeeping() {
    return new PostgresBookkeeping(dsl);
  }

  @Override
  public boolean apply(Step step) {
    return guarded(
        step.file() + " was not applied, nothing of it remains",
        () ->
            dsl.transactionResult((Configuration transaction) -> {
              var in = transaction.dsl();
              int inserted =
                  in.execute(
                      "INSERT INTO schema_history (version, name, checksum, applied_by)"
                          + " VALUES (?, ?, ?, session_user || ', ' || ?)"
                          + " ON CONFLICT (version) DO NOTHING",
                      step.version(),
                      step.name(),
                      step.checksum(),
                      Identity.ofThisProcess());
              if (inserted == 0) {
                return false;
              }
              step.up().forEach(statement -> execute(in, step, statement));
              in.execute(
                  "UPDATE schema_history SET duration_ms ="
                      + " round(extract(epoch FROM clock_timestamp() - applied_at) * 1000)"
                      + " WHERE version = ?",
                  step.version());
              return true;
            }));
  }

  @Override
  public boolean revert(Step step) {
    return guarded(
        step.file() + " was not undone, all of it remains",
        () ->
            dsl.transactionResult((Configuration transaction) -> {
              var in = transaction.dsl();
              int deleted =
                  in.execute("DELETE FROM schema_history WHERE version = ?", step.version());
              if (deleted == 0) {
                return false;
              }
              step.down().orElseThrow().forEach(statement -> execute(in, step, statement));
              return true;
            }));
  }

  /// Sent as it is written: `raw` keeps jOOQ from seeing templates in it, and a static statement
  /// keeps the driver from seeing parameters.
  private static void execute(DSLContext dsl, Step step, Statement statement) {
    try {
      dsl.execute(raw(statement.text()));
    } catch (DataAccessException e) {
      throw new StatementFailed(line(statement, e), e);
    }
  }

  private static final class StatementFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int line;

    StatementFailed(int line, DataAccessException cause) {
      super(cause);
      this.line = line;
    }
  }

  /// PostgreSQL says at which character the fault is, counted from 1; without that, it is said of
  /// the statement's first line.
  private static int line(Statement statement, DataAccessException e) {
    var cause = e.getCause(PSQLException.class);
    var server = cause == null ? null : cause.getServerErrorMessage();
    int position = server == null ? 0 : Math.min(server.getPosition(), statement.text().length());
    String before = statement.text().substring(0, Math.max(0, position - 1));
    return statement.line() + (int) before.chars().filter(c -> c == '\n').count();
  }

  static EnvironmentError unreachable(SQLException e) {
    return new EnvironmentError(
        "PostgreSQL can't be reached: %s [%s]: see that it runs, and POSTGRES_URL"
            .formatted(e.getMessage(), e.getSQLState()),
        e);
  }

  private interface Work<T> {
    T run();
  }

  private static <T> T guarded(String outcome, Work<T> work) {
    try {
      return work.run();
    } catch (StatementFailed e) {
      throw translated(outcome + ": line " + e.line, (DataAccessException) e.getCause());
    } catch (DataAccessException e) {
      throw translated(outcome, e);
    }
  }

  /// A lost connection and a missing right are the environment's fault, all else is the step's.
  static RuntimeException translated(String outcome, DataAccessException e) {
    var cause = e.getCause(PSQLException.class);
    if (cause == null) {
      return new EnvironmentError(outcome + ": " + e.getMessage(), e);
    }
    String state = cause.getSQLState();
    var server = cause.getServerErrorMessage();
    String said = server == null ? cause.getMessage() : server.getMessage();
    String message = "%s: %s [%s]".formatted(outcome, said, state);
    if (PSQLState.isConnectionError(state) || server == null) {
      return new EnvironmentError(message + ": see that PostgreSQL is there and run it again", e);
    }
    if (state.equals("42501")) { // insufficient_privilege
      return new EnvironmentError(
          message + ": run it as the owner, or GRANT CREATE ON SCHEMA and the tables' ownership",
          e);
    }
    if (state.startsWith("57P") || state.startsWith("53")) { // shutdown, no resources
      return new EnvironmentError(message + ": mend the server and run it again", e);
    }
    if (DUPLICATES.contains(state)) {
      return new UserError(
          message
              + ": these steps did not make it, so this database is somebody else's or was filled"
              + " without a history: use an empty one, or drop what is in the way",
          e);
    }
    String hint = server.getHint() == null ? "" : " (" + server.getHint() + ")";
    return new UserError(message + hint + ": mend the file and run it again", e);
  }
}
