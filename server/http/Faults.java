package server.http;

import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.concurrent.CompletionException;
import migrate.move.postgres.Fence;
import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a client is told of a fault: that a database is away, or that something went wrong. The
/// details go to the log.
public final class Faults {
  private static final Logger log = LoggerFactory.getLogger(Faults.class);

  private Faults() {}

  /// The answer to a fault; an [ApiError] is its own answer.
  public static ApiError answer(RuntimeException fault) {
    return switch (fault) {
      case ApiError error -> error;
      case CompletionException e when e.getCause() instanceof RuntimeException cause ->
          answer(cause);
      case Away e -> away(e.what(), e.getCause() == null ? e : e.getCause());
      case DataAccessException e when isAway(e) -> away("the database", e.getCause());
      default -> {
        log.error("unexpected fault", fault);
        yield new ApiError(ErrorCode.INTERNAL_ERROR, "something went wrong here; try again");
      }
    };
  }

  private static ApiError away(String what, Throwable why) {
    log.warn("{} does not answer: {}", what, String.valueOf(why));
    return new ApiError(ErrorCode.UNAVAILABLE, what + " does not answer; try again", 1);
  }

  /// PostgreSQL's classes 08 (connection), 53 (resources), 57 (operator, time-outs), a database
  /// that takes no writes because it was moved, and a pool that got no connection in time.
  private static boolean isAway(DataAccessException e) {
    if (!(e.getCause() instanceof SQLException cause)) {
      return false;
    }
    String state = String.valueOf(cause.getSQLState());
    return cause instanceof SQLTransientException
        || state.startsWith("08")
        || state.startsWith("53")
        || state.startsWith("57")
        || state.equals(Fence.SQL_STATE);
  }
}
