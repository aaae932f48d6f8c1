package server.realtime;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// A token bucket for one socket's frames. Not thread-safe: a socket's frames come one at a time.
final class FrameAllowance {
  private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  private final int perSecond;
  private final int burst;
  private final LongSupplier nanoClock;
  private double left;
  private long filledAt;

  /// @param perSecond frames a socket may send for ever
  /// @param burst frames it may send at once after being quiet
  FrameAllowance(int perSecond, int burst, LongSupplier nanoClock) {
    this.perSecond = perSecond;
    this.burst = burst;
    this.nanoClock = nanoClock;
    this.left = burst;
    this.filledAt = nanoClock.getAsLong();
  }

  /// Takes one frame; false when there is none left.
  boolean take() {
    long now = nanoClock.getAsLong();
    left = Math.min(burst, left + (now - filledAt) / NANOS_PER_SECOND * perSecond);
    filledAt = now;
    if (left < 1) {
      return false;
    }
    left--;
    return true;
  }
}
