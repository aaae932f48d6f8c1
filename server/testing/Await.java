package server.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Waits in tests for what happens on other threads or machines and tells nobody.
public final class Await {
  private static final long LOOK_EVERY_NANOS = 2_000_000; // 2 ms: fine enough to measure by

  private Await() {}

  /// Returns when `condition` holds, with the time that it took in milliseconds.
  ///
  /// @throws AssertionError when it does not within `limit`
  public static long until(String what, Duration limit, BooleanSupplier condition) {
    long begun = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begun > limit.toNanos()) {
        throw new AssertionError("not within " + limit.toMillis() + " ms: " + what);
      }
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
    return (System.nanoTime() - begun) / 1_000_000;
  }
}
