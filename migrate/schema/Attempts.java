package migrate.schema;

import fixtures.urls.EnvironmentError;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jooq.exception.DataAccessException;

/// Does something again when it failed for a lock it did not get in time, for a deadlock, or
/// because it kept others waiting: it lets them pass, and waits longer each time. For one thread.
final class Attempts {
  private static final Set<String> PASSING =
      Set.of(
          PostgresErrors.LOCK_NOT_AVAILABLE, PostgresErrors.DEADLOCK, PostgresErrors.SERIALIZATION);

  private final Watch watch;
  private final Progress progress;

  Attempts(Watch watch, Progress progress) {
    this.watch = watch;
    this.progress = progress;
  }

  /// @param work leaves nothing behind when it fails, and may be done again
  /// @throws DataAccessException of the last try, when it is none of these failures
  /// @throws EnvironmentError when all tries failed
  <T> T run(String outcome, Patience patience, Supplier<T> work) {
    int stops = 0;
    for (int tried = 1; ; tried++) {
      watch.begin(patience);
      try {
        T result = work.get();
        watch.end();
        return result;
      } catch (DataAccessException e) {
        var stopped = watch.end();
        String state = PostgresErrors.state(e);
        boolean wasStopped = stopped.isPresent() && state.equals(PostgresErrors.CANCELED);
        if (!wasStopped && !PASSING.contains(state)) {
          throw e;
        }
        stops += wasStopped ? 1 : 0;
        String why =
            wasStopped ? "it was stopped: " + stopped.get().why() : reason(state, patience);
        String line = e instanceof PostgresErrors.StatementFailed s ? "line " + s.line + ": " : "";
        if (wasStopped && !stopped.get().again()) {
          throw new EnvironmentError(
              "%s: %s%s: end that session, or wait for it, and run it again"
                  .formatted(outcome, line, why),
              e);
        }
        if (stops == Patience.STOPS) {
          throw new EnvironmentError(
              ("%s: %s%s; so it was %d times: run it when less is going on, cut it into smaller"
                      + " steps, allow more with --max-blocking, or say @offline in the file")
                  .formatted(outcome, line, why, stops),
              e);
        }
        if (tried == patience.tries()) {
          throw new EnvironmentError(
              "%s: %s%s; tried %d times: run it again when that is over"
                  .formatted(outcome, line, why, tried),
              e);
        }
        var pause = patience.pauseAfter(tried);
        progress.retrying(line + why, tried, patience.tries(), pause);
        sleep(pause);
      } catch (RuntimeException e) {
        watch.end();
        throw e;
      }
    }
  }

  private String reason(String state, Patience patience) {
    if (!state.equals(PostgresErrors.LOCK_NOT_AVAILABLE)) {
      return "it met another transaction in a deadlock";
    }
    String holders = watch.holders();
    return "no lock within %d ms%s"
        .formatted(
            patience.lockTimeout().toMillis(), holders.isEmpty() ? "" : ", held by " + holders);
  }

  static void sleep(Duration pause) {
    try {
      TimeUnit.NANOSECONDS.sleep(pause.toNanos());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new EnvironmentError("interrupted: what was done so far stays, run it again");
    }
  }
}
