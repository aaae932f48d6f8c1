package bench.load;

import bench.client.Api;
import bench.client.Device;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/// Reads by HTTP while messages flow: pages of history and syncs in turn, at a rate, by random
/// users. Times count from when a read was due. Threads of its own.
final class Reads implements AutoCloseable {
  private static final int MOST_UNDER_WAY = 256; // beyond it a read waits, and is late for that
  private static final int PAGE = 50; // messages
  private static final long CLOSE_SECONDS = 5;

  private record Reader(Device device, UUID conversation) {}

  private final Api api;
  private final double rate;
  private final List<Reader> readers = new ArrayList<>();
  private final ConcurrentHistogram times = new ConcurrentHistogram(600_000_000_000L, 3);
  private final LongAdder failed = new LongAdder();
  private final Semaphore room = new Semaphore(MOST_UNDER_WAY);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final SplittableRandom random;
  private volatile boolean running = true;

  /// Begins at once.
  ///
  /// @param rate reads a second
  Reads(InetSocketAddress server, List<Lane> lanes, double rate, long seed) {
    this.api = new Api(server);
    this.rate = rate;
    this.random = new SplittableRandom(seed);
    for (Lane lane : lanes) {
      lane.call(() -> {
        for (Room conversation : lane.rooms()) {
          for (Member member : conversation.members()) {
            readers.add(new Reader(member.device(), conversation.conversation()));
          }
        }
      });
    }
    Thread.ofPlatform().daemon().name("reads").start(this::run);
  }

  private void run() {
    long origin = System.nanoTime();
    for (long number = 0; running; number++) {
      long due = origin + (long) (number * TimeUnit.SECONDS.toNanos(1) / rate);
      for (long left = due - System.nanoTime(); left > 0 && running; ) {
        LockSupport.parkNanos(left);
        left = due - System.nanoTime();
      }
      room.acquireUninterruptibly();
      Reader reader = readers.get(random.nextInt(readers.size()));
      boolean history = number % 2 == 0;
      try {
        threads.execute(() -> read(reader, history, due));
      } catch (RejectedExecutionException _) {
        return; // it is being closed
      }
    }
  }

  private void read(Reader reader, boolean history, long dueNanos) {
    String path =
        history
            ? "/conversations/" + reader.conversation + "/messages?limit=" + PAGE
            : "/sync?limit=" + PAGE;
    try {
      api.get(path, reader.device.accessToken());
      Tally.record(times, System.nanoTime() - dueNanos);
    } catch (IOException | Api.Refused _) {
      failed.increment();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      room.release();
    }
  }

  /// Forgets what was timed so far.
  void clear() {
    times.reset();
    failed.reset();
  }

  /// How long each took: nanoseconds.
  Histogram times() {
    return times.copy();
  }

  /// How many were refused, or had no answer.
  long failed() {
    return failed.sum();
  }

  @Override
  public void close() {
    running = false;
    threads.shutdown();
    try {
      if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    api.close();
  }
}
