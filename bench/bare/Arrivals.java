package bench.bare;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Calls at evenly spaced times, whatever became of the calls before. On a thread of its own.
final class Arrivals implements AutoCloseable {
  private static final long JOIN_MILLIS = 1_000; // it never sleeps longer

  /// What is done when something is due; must not wait.
  interface Arrival {
    void arrive(long number, long dueNanos);
  }

  private final Thread thread;
  private volatile boolean running = true;

  Arrivals(double rate, Arrival arrival) {
    double gap = TimeUnit.SECONDS.toNanos(1) / rate;
    thread =
        Thread.ofPlatform()
            .daemon()
            .name("arrivals")
            .start(() -> {
              long origin = System.nanoTime();
              for (long number = 0; running; number++) {
                long due = origin + (long) (number * gap);
                for (long left = due - System.nanoTime();
                    left > 0 && running;
                    left = due - System.nanoTime()) {
                  LockSupport.parkNanos(Math.min(left, TimeUnit.MILLISECONDS.toNanos(JOIN_MILLIS)));
                }
                arrival.arrive(number, due);
              }
            });
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
