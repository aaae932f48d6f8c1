package migrate.move.postgres;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// How fast a copy may go. Thread-safe: the workers share it.
///
/// A probe is told how long a small commit at the source takes; when that grows beyond what it was
/// before the copy, the copy is slowed down, and let go again when it has come back.
final class Pace {
  /// What a commit may cost more while the copy runs. Below the factor of 2 that users may see.
  private static final double TOLERATED = 1.5;

  /// Below this nobody notices, whatever it was before.
  private static final long UNNOTICED_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

  private static final double SLOWER = 0.7;
  private static final double FASTER = 1.1;
  private static final double LOWEST = 1024 * 1024; // bytes a second: a copy must come to an end

  /// What one machine copies at most; the beginning.
  private static final double HIGHEST = 4e9;

  private static final double SMOOTHING = 0.3;
  private static final long MOST_SLEEP_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final double limit;
  private volatile double rate;
  private double before; // nanoseconds, as the next; 0: not known
  private double now;
  private long freeAt = System.nanoTime(); // guarded by this

  /// @param limit bytes a second; 0 for none
  Pace(double limit) {
    this.limit = limit > 0 ? limit : HIGHEST;
    this.rate = this.limit;
  }

  /// How long a small commit takes without the copy; the median of some.
  synchronized void before(long nanos) {
    before = nanos;
  }

  /// A commit took so long, during the copy.
  synchronized void probed(long nanos) {
    now = now == 0 ? nanos : now + SMOOTHING * (nanos - now);
    if (before == 0) {
      return;
    }
    if (now > Math.max(before * TOLERATED, UNNOTICED_NANOS)) {
      // From "as fast as it goes" a first step must be one that is felt.
      rate = Math.max(LOWEST, Math.min(rate, FELT) * SLOWER);
    } else {
      rate = Math.min(limit, rate * FASTER);
    }
  }

  private static final double FELT = 60e6; // what two cores copy in a second

  double rate() {
    return rate;
  }

  /// So many bytes were copied: waits as long as that should have taken.
  void spent(int bytes) {
    long sleep;
    synchronized (this) {
      long at = System.nanoTime();
      freeAt = Math.max(freeAt, at) + (long) (bytes / rate * 1e9);
      sleep = Math.min(freeAt - at, MOST_SLEEP_NANOS);
    }
    if (sleep > TimeUnit.MILLISECONDS.toNanos(1)) {
      LockSupport.parkNanos(sleep);
    }
  }
}
