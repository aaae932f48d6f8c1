package bench.client;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoubleUnaryOperator;

/// Tells when something is due, whatever became of what was due before. On a thread of its own,
/// because a selector wakes by the millisecond.
public final class Arrivals implements AutoCloseable {
  private static final int MAX_AT_ONCE = 1024; // then they are handed over
  private static final long SHORTEST_SLEEP_NANOS = 50_000; // the kernel's own slack
  private static final long JOIN_MILLIS = 1_000; // it never sleeps longer

  /// What is done with the times that have come, the first `count` of them; the array is its own.
  /// Runs on this thread, and must not wait.
  public interface Arrival {
    void arrive(long[] dueNanos, int count);
  }

  private final DoubleUnaryOperator gap;
  private final Arrival arrival;
  private final Thread thread;
  private volatile boolean running = true;

  /// Begins at once.
  ///
  /// @param gap from one to the next, by when the one is due: nanoseconds, and nanoseconds since
  ///   the beginning
  public Arrivals(DoubleUnaryOperator gap, Arrival arrival) {
    this.gap = gap;
    this.arrival = arrival;
    this.thread = Thread.ofPlatform().daemon().name("arrivals").start(this::run);
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
        due += gap.applyAsDouble(due);
      }
      if (count > 0) {
        arrival.arrive(batch, count);
      }
      long sleep = origin + (long) due - System.nanoTime();
      if (sleep > 0) {
        long bounded = Math.min(sleep, TimeUnit.MILLISECONDS.toNanos(JOIN_MILLIS));
        LockSupport.parkNanos(Math.max(bounded, SHORTEST_SLEEP_NANOS));
      }
    }
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
