package bench.load;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// When messages are due, whatever became of those before: evenly spaced, or at random moments
/// (Poisson). A thread of its own for each lane, because a selector wakes by the millisecond.
final class Pacer implements AutoCloseable {
  private static final int MAX_AT_ONCE = 1024; // then they are handed over
  private static final long SHORTEST_SLEEP_NANOS = 50_000; // the kernel's own slack
  private static final long JOIN_MILLIS = 1_000; // it never sleeps longer

  private final Lane lane;
  private final Pace pace;
  private final double share;
  private final double runInNanos;
  private final double measuredNanos;
  private final SplittableRandom random;
  private final Thread thread;
  private volatile boolean running = true;

  /// @param share of the messages that are this lane's
  /// @param runInSeconds before the measured time, over which the rate may grow
  Pacer(Lane lane, Pace pace, double share, int runInSeconds, int seconds, long seed) {
    this.lane = lane;
    this.pace = pace;
    this.share = share;
    this.runInNanos = TimeUnit.SECONDS.toNanos(runInSeconds);
    this.measuredNanos = TimeUnit.SECONDS.toNanos(Math.max(1, seconds));
    this.random = new SplittableRandom(seed);
    this.thread = Thread.ofPlatform().daemon().name("pacer").start(this::run);
  }

  private void run() {
    long origin = System.nanoTime();
    double due = 0; // since then; a fraction of a nanosecond would add up
    while (running) {
      long now = System.nanoTime() - origin;
      long[] batch = new long[MAX_AT_ONCE];
      int count = 0;
      while (count < MAX_AT_ONCE && due <= now) {
        batch[count++] = origin + (long) due;
        due += gap(due);
      }
      if (count > 0) {
        int ready = count;
        lane.loop().run(() -> lane.arrive(batch, ready));
      }
      long sleep = origin + (long) due - System.nanoTime();
      if (sleep > 0) {
        long bounded = Math.min(sleep, TimeUnit.MILLISECONDS.toNanos(JOIN_MILLIS));
        LockSupport.parkNanos(Math.max(bounded, SHORTEST_SLEEP_NANOS));
      }
    }
  }

  private double gap(double atNanos) {
    double rate = share * pace.after((atNanos - runInNanos) / measuredNanos);
    double mean = TimeUnit.SECONDS.toNanos(1) / rate;
    return pace.poisson() ? -Math.log(1 - random.nextDouble()) * mean : mean;
  }

  @Override
  public void close() {
    running = false;
    LockSupport.unpark(thread);
    try {
      thread.join(JOIN_MILLIS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
