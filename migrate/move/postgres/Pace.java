package migrate.move.postgres;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// How fast a copy may go. Thread-safe: the workers share it.
///
/// A probe is told how long a small commit at the source takes. What people notice is not the usual
/// one but the slow one, so of the last [#WINDOW] the slowest but a few counts: when that grows
/// beyond what it was before the copy, the copy is slowed down, and let go again, step by step,
/// when it has come back.
final class Pace {
  /// What a slow commit may cost more while the copy runs. Below the factor of 2 that people may
  /// see.
  private static final double TOLERATED = 1.5;

  /// Below this nobody notices, whatever it was before.
  private static final long UNNOTICED_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

  static final int WINDOW = 40; // probes: two seconds of them
  private static final int ENOUGH = 10; // since the last step: half a second of the new rate
  private static final int BETWEEN = 4; // probes between two steps up
  private static final double SLOW = 0.9; // the quantile that is looked at

  private static final double SLOWER = 0.6;
  private static final double FASTER = 1.07;
  private static final double LOWEST = 1024 * 1024; // bytes a second: a copy must come to an end

  /// What one machine copies at most; the beginning.
  private static final double HIGHEST = 4e9;

  private static final double FELT = 60e6; // what two cores copy in a second
  private static final long MOST_SLEEP_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final double limit;
  private volatile double rate;
  private double before; // nanoseconds; 0: not known
  private final long[] last = new long[WINDOW]; // guarded by this, as the next ones
  private int probes; // since the last step down
  private long freeAt = System.nanoTime();

  /// @param limit bytes a second; 0 for none
  Pace(double limit) {
    this.limit = limit > 0 ? limit : HIGHEST;
    this.rate = this.limit;
  }

  /// How long small commits took without the copy.
  synchronized void before(long[] nanos) {
    before = slow(nanos, nanos.length);
    if (before > 0) {
      // From "as fast as it goes" a first step would be felt before it is known.
      rate = Math.min(limit, FELT);
    }
  }

  /// A commit took so long, during the copy.
  synchronized void probed(long nanos) {
    if (before == 0) {
      return;
    }
    last[probes++ % WINDOW] = nanos;
    if (probes < ENOUGH) {
      return;
    }
    if (slow(last, Math.min(probes, WINDOW)) > Math.max(before * TOLERATED, UNNOTICED_NANOS)) {
      rate = Math.max(LOWEST, Math.min(rate, FELT) * SLOWER);
      probes = 0;
    } else if (probes % BETWEEN == 0) {
      rate = Math.min(limit, rate * FASTER);
    }
  }

  private static double slow(long[] nanos, int count) {
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return count == 0 ? 0 : sorted[Math.min(count - 1, (int) (count * SLOW))];
  }

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
