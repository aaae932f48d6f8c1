package migrate.move.postgres;

import fixtures.urls.EnvironmentError;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jooq.DSLContext;

/// Shows how far one side follows the other: a row is written here and awaited there. Changes are
/// applied in the order of their commits, so when the mark is there, all is there that was
/// committed before it.
final class Marks {
  private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(300);

  private Marks() {}

  /// Writes one in place of the last one, in the caller's transaction if it has one.
  ///
  /// @return the mark
  static long write(DSLContext dsl, UUID move) {
    return dsl.fetchSingle(
            "WITH gone AS (DELETE FROM move_marks WHERE move_id = ? RETURNING mark)"
                + " INSERT INTO move_marks (move_id, mark)"
                + " SELECT ?, coalesce(max(mark), 0) + 1 FROM gone RETURNING mark",
            move,
            move)
        .get(0, long.class);
  }

  /// Waits for one.
  ///
  /// @throws EnvironmentError when it is not there in time
  static void await(Session to, UUID move, long mark, Duration limit) {
    long began = System.nanoTime();
    while (to.number("SELECT count(*) FROM move_marks WHERE move_id = ? AND mark >= ?", move, mark)
        == 0) {
      if (System.nanoTime() - began > limit.toNanos()) {
        throw new EnvironmentError(
            "the %s has not followed within %d s: see its log for what keeps it"
                .formatted(to.side(), limit.toSeconds()));
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }
}
