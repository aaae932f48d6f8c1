package migrate.move.messages;

import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import java.time.Duration;
import java.util.function.Supplier;
import migrate.move.MoveProgress;
import migrate.move.TakenOver;

/// Does again what failed because a database was away for a while. What is done can be repeated.
final class Retrying {
  /// A restart takes less; who needs longer resumes.
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final long FIRST_PAUSE_MILLIS = 50;
  private static final long MOST_PAUSE_MILLIS = 2_000;

  private Retrying() {}

  /// @throws EnvironmentError when it failed for longer than that
  static <T> T work(MoveProgress progress, Supplier<T> work) {
    long giveUpAt = System.nanoTime() + PATIENCE.toNanos();
    long pauseMillis = FIRST_PAUSE_MILLIS;
    boolean told = false;
    while (true) {
      try {
        return work.get();
      } catch (TakenOver | UserError | EnvironmentError | IllegalStateException e) {
        throw e;
      } catch (RuntimeException e) {
        if (System.nanoTime() > giveUpAt) {
          throw new EnvironmentError(
              "a database has not answered for %d s (%s): see that both run, then --resume"
                  .formatted(PATIENCE.toSeconds(), e.getMessage()),
              e);
        }
        if (!told) {
          progress.say("a database does not answer, tried again: " + e.getMessage());
          told = true;
        }
      }
      pause(pauseMillis);
      pauseMillis = Math.min(2 * pauseMillis, MOST_PAUSE_MILLIS);
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EnvironmentError("interrupted: --resume goes on", e);
    }
  }
}
