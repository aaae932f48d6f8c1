package server.realtime;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs what waits for a database, off the threads that must not: what belongs to one key one after
/// the other, in the order it came. Thread-safe; a lane's queue is guarded by itself.
final class Lanes {
  private static final int LANES = 8; // as many as may read at once
  private static final int MAX_WAITING = 10_000; // tasks in one lane; of all, some MB of heap
  private static final Logger log = LoggerFactory.getLogger(Lanes.class);

  private final Executor threads;
  private final List<ArrayDeque<Runnable>> lanes = new ArrayList<>();

  /// @param threads one is taken for each lane with work
  Lanes(Executor threads) {
    this.threads = threads;
    for (int i = 0; i < LANES; i++) {
      lanes.add(new ArrayDeque<>());
    }
  }

  /// Queues a task.
  ///
  /// @return false when the lane is full or the node is going away, and the task will not run
  boolean offer(Object key, Runnable task) {
    ArrayDeque<Runnable> lane = lanes.get(Math.floorMod(key.hashCode(), LANES));
    synchronized (lane) {
      if (lane.size() >= MAX_WAITING) {
        return false;
      }
      lane.add(task);
      if (lane.size() > 1) {
        return true; // whoever runs the one before comes to it
      }
    }
    try {
      threads.execute(() -> run(lane));
      return true;
    } catch (RejectedExecutionException _) {
      return false; // the node is going away
    }
  }

  private static void run(ArrayDeque<Runnable> lane) {
    Runnable task;
    synchronized (lane) {
      task = lane.peek();
    }
    while (task != null) {
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        log.warn("left undone: {}", e.toString());
      }
      synchronized (lane) {
        lane.remove();
        task = lane.peek();
      }
    }
  }
}
