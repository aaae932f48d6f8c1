package bench.load;

import java.util.concurrent.TimeUnit;

/// What a search drives: users on their sockets, or a system that a test made up. For one thread.
interface Driven {
  /// Lets them talk, and says what came of it.
  ///
  /// @param runInSeconds before the measured time
  /// @param heard is told after each second what there is until then
  LoadResult measure(Pace pace, int runInSeconds, int seconds, Heard heard)
      throws InterruptedException;

  /// Nobody talks for so long.
  default void rest(int seconds) throws InterruptedException {
    TimeUnit.SECONDS.sleep(seconds);
  }
}
