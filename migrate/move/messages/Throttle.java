package migrate.move.messages;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;

/// How fast a copy goes: at most so many messages a second, and slower while the databases answer
/// others late. Thread-safe; waits while it holds its lock, so that takers queue.
///
/// It looks at how long a small read takes, as those of people do: while most of the last looks
/// took more than [#TOLERATED] times what was usual before the copy, the rate falls, else it rises.
final class Throttle {
  private static final double TOLERATED = 2;

  /// A read of some tenths of a millisecond varies by as much.
  private static final double SLACK_MILLIS = 2;

  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final double FALL = 0.7;
  private static final double RISE = 1.15;

  /// So slow disturbs nobody, and still ends.
  private static final double LEAST_PER_SECOND = 1_000;

  private static final double FIRST_PER_SECOND = 5_000;
  private static final int LOOKS_BEFORE = 25;

  /// Of which the middle one counts: one that was late by chance says nothing.
  private static final int LAST_LOOKS = 5;

  private final double most;
  private final DoubleSupplier probe;
  private final double usual;
  private final ReentrantLock lock = new ReentrantLock(true);
  private double perSecond; // guarded by lock, as the next two
  private long nextAt = System.nanoTime();
  private long lookedAt = System.nanoTime();
  private final double[] last = new double[LAST_LOOKS]; // guarded by lock, as the next one
  private int looked;
  private volatile double shown;

  /// @param mostPerSecond the limit that people set; 0 for none
  /// @param adaptive whether to give way to others
  /// @param probe how long a small read takes: milliseconds
  Throttle(long mostPerSecond, boolean adaptive, DoubleSupplier probe) {
    this.most = mostPerSecond == 0 ? Double.MAX_VALUE : mostPerSecond;
    this.probe = adaptive ? probe : null;
    this.perSecond = adaptive ? Math.min(most, FIRST_PER_SECOND) : most;
    this.shown = perSecond;
    double[] looks = new double[adaptive ? LOOKS_BEFORE : 1];
    for (int i = 0; adaptive && i < looks.length; i++) {
      looks[i] = probe.getAsDouble();
    }
    this.usual = middle(looks);
  }

  private static double middle(double[] looks) {
    double[] sorted = looks.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /// What it allows now: messages a second.
  double perSecond() {
    return shown;
  }

  /// Waits until so many more may be written.
  void take(int messages) {
    lock.lock();
    try {
      long now = System.nanoTime();
      if (probe != null && now - lookedAt > LOOK_EVERY_NANOS) {
        last[looked++ % LAST_LOOKS] = probe.getAsDouble();
        boolean late = middle(last) > TOLERATED * usual + SLACK_MILLIS;
        perSecond =
            Math.clamp(perSecond * (late ? FALL : RISE), Math.min(most, LEAST_PER_SECOND), most);
        shown = perSecond;
        now = System.nanoTime();
        lookedAt = now;
      }
      if (nextAt > now) {
        LockSupport.parkNanos(nextAt - now);
      }
      double nanos = messages / perSecond * TimeUnit.SECONDS.toNanos(1);
      nextAt = Math.max(nextAt, System.nanoTime()) + (long) nanos;
    } finally {
      lock.unlock();
    }
  }
}
