package migrate.move.postgres;

import fixtures.urls.EnvironmentError;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jooq.impl.DSL;

/// Shows how far one side follows the other: a row is written here and awaited there. Changes are
/// applied in the order of their commits, so when the mark is there, all is there that was
/// committed before it.
final class Marks {
  private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(300);

  private Marks() {}

  /// Writes a mark and waits for it.
  ///
  /// @return how long it took
  /// @throws EnvironmentError when it is not there in time
  static Duration pass(Session from, Session to, UUID move, Duration limit) {
    long began = System.nanoTime();
    long mark =
        from.dsl()
            .transactionResult(configuration -> {
              var dsl = DSL.using(configuration);
              long last =
                  dsl.fetchSingle(
                          "WITH gone AS (DELETE FROM move_marks WHERE move_id = ? RETURNING mark)"
                              + " SELECT coalesce(max(mark), 0) FROM gone",
                          move)
                      .get(0, long.class);
              dsl.execute("INSERT INTO move_marks (move_id, mark) VALUES (?, ?)", move, last + 1);
              return last + 1;
            });
    while (to.number("SELECT count(*) FROM move_marks WHERE move_id = ? AND mark >= ?", move, mark)
        == 0) {
      if (System.nanoTime() - began > limit.toNanos()) {
        throw new EnvironmentError(
            "the %s has not followed within %d s: see its log for what keeps it"
                .formatted(to.side(), limit.toSeconds()));
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return Duration.ofNanos(System.nanoTime() - began);
  }
}
