package migrate.schema;

import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.Set;
import java.util.function.Supplier;
import org.jooq.exception.DataAccessException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/// What errors of PostgreSQL mean to people.
final class PostgresErrors {
  static final String LOCK_NOT_AVAILABLE = "55P03";
  static final String DEADLOCK = "40P01";
  static final String SERIALIZATION = "40001";
  static final String CANCELED = "57014";
  static final String IN_TRANSACTION = "25001"; // "cannot run inside a transaction block"
  private static final String NO_RIGHT = "42501";
  private static final String NO_DATABASE = "3D000";
  private static final String TOO_MANY = "53300";

  /// A table, column, object or function of that name is there already.
  private static final Set<String> DUPLICATES = Set.of("42P07", "42701", "42710", "42723");

  private PostgresErrors() {}

  /// The SQL state, or an empty text when the error is none of the server's.
  static String state(DataAccessException e) {
    var cause = e.getCause(PSQLException.class);
    return cause == null || cause.getSQLState() == null ? "" : cause.getSQLState();
  }

  /// A statement of a step that failed, and where it stands.
  static final class StatementFailed extends DataAccessException {
    private static final long serialVersionUID = 1L;
    final int line;

    StatementFailed(Statement statement, DataAccessException cause) {
      super(cause.getMessage(), cause.getCause());
      this.line = lineOf(statement, cause);
    }
  }

  /// PostgreSQL says at which character the fault is, counted from 1; without that, it is said of
  /// the statement's first line.
  private static int lineOf(Statement statement, DataAccessException e) {
    var cause = e.getCause(PSQLException.class);
    var server = cause == null ? null : cause.getServerErrorMessage();
    int position = server == null ? 0 : Math.min(server.getPosition(), statement.text().length());
    String before = statement.text().substring(0, Math.max(0, position - 1));
    return statement.line() + (int) before.chars().filter(c -> c == '\n').count();
  }

  static EnvironmentError unreachable(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    String mend =
        state.startsWith("28") // invalid authorization
            ? "see user and password in POSTGRES_URL"
            : switch (state) {
              case NO_DATABASE -> "CREATE DATABASE it, or see POSTGRES_URL";
              case TOO_MANY -> "run it again when there are fewer sessions";
              default -> "see that it runs, and POSTGRES_URL";
            };
    String said =
        e.getCause() instanceof UnknownHostException host
            ? "no host '%s' is known".formatted(host.getMessage())
            : e.getMessage();
    return new EnvironmentError(
        "PostgreSQL can't be reached: %s [%s]: %s".formatted(said, state, mend), e);
  }

  /// Does it, and says of its errors what was and was not done.
  static <T> T guarded(String outcome, Supplier<T> work) {
    try {
      return work.get();
    } catch (DataAccessException e) {
      throw translated(outcome, e);
    }
  }

  /// A lost connection and a missing right are the environment's fault, all else is the step's.
  static RuntimeException translated(String outcome, DataAccessException e) {
    String where =
        e instanceof StatementFailed failed ? outcome + ": line " + failed.line : outcome;
    var cause = e.getCause(PSQLException.class);
    if (cause == null) {
      return new EnvironmentError(where + ": " + e.getMessage(), e);
    }
    String state = cause.getSQLState();
    var server = cause.getServerErrorMessage();
    String said = server == null ? cause.getMessage() : server.getMessage();
    String message = "%s: %s [%s]".formatted(where, said, state);
    if (PSQLState.isConnectionError(state) || server == null) {
      return new EnvironmentError(message + ": see that PostgreSQL is there and run it again", e);
    }
    if (state.equals(NO_RIGHT)) {
      return new EnvironmentError(
          message + ": run it as the owner, or GRANT CREATE ON SCHEMA and the tables' ownership",
          e);
    }
    if (state.equals(CANCELED)) {
      return new EnvironmentError(
          message
              + ": somebody or a time limit ended it; run it again, with"
              + " @statement-timeout in the file if it needs longer",
          e);
    }
    if (state.startsWith("57P") || state.startsWith("53")) { // shutdown, no resources
      return new EnvironmentError(message + ": mend the server and run it again", e);
    }
    if (DUPLICATES.contains(state)) {
      return new UserError(
          message
              + ": these steps did not make it, so this database is somebody else's or was filled"
              + " without a history: use an empty one, drop what is in the way, or, if it has what"
              + " the steps give, `baseline`",
          e);
    }
    String hint = server.getHint() == null ? "" : " (" + server.getHint() + ")";
    return new UserError(message + hint + ": mend the file and run it again", e);
  }
}
