package server.messages;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import server.http.ApiError;
import server.http.ErrorCode;
import server.messages.FairQueue.Taken;
import server.messages.FairQueue.Waiting;

/// Group commit: senders queue drafts and go on; a committer takes what is there, writes it as one
/// batch and tells everybody. Alone, a message is a batch of one and waits for nothing; under load
/// the batch grows while the one before it commits, and as long again: a commit costs the store the
/// same however few are in it, and where it takes its time because processors are short, committing
/// a handful at once makes them shorter.
///
/// A conversation belongs to one lane and a lane to one committer thread, so the order in which one
/// thread offers drafts of a conversation is the order of their seqs. [#offer] never blocks. Every
/// draft gets exactly one answer.
public final class Batcher implements AutoCloseable {
  /// Messages that came while one batch was committed, from which on the next is waited for: a few
  /// who send one after the other, and wait for each, are never kept waiting. From 2 on, a thousand
  /// messages a second took twice as long as they need.
  private static final int REST_FROM_MESSAGES = 4;

  /// A batch that need not grow: its fixed costs have nearly vanished.
  private static final int REST_TO_MESSAGES = 128;

  /// Nobody is kept waiting for longer, however slow the store is.
  private static final long MOST_REST_NANOS = 10_000_000;

  private static final long CLOSE_TIMEOUT_MILLIS = 10_000; // a commit's statement timeout is 5 s

  /// Who waits for a draft's fate. Called once, on a committer thread or, for a refusal, on the one
  /// that offers or closes; must not block.
  public interface Sender {
    /// The store judged it.
    void answered(Draft draft, Appended answer);

    /// It was not stored, or (for a code that says so) nobody knows.
    void failed(Draft draft, ApiError error);
  }

  /// Is told of what a batch made visible, in seq order for each conversation and before the
  /// senders are answered, then of its end. Called on committer threads; must not block.
  public interface Committed {
    /// A batch is stored, and told by the same thread from here to its end.
    void batchBegin();

    /// One message that was not there before.
    void message(Message message, long membersVersion);

    /// A retry found one that was there before. If the first attempt's answer was lost on its way
    /// from the store, nobody has been told of it yet.
    void repeated(UUID conversationId, long seq);

    /// The batch is over: flush what was gathered.
    void batchEnd();
  }

  private final BatchWriter writer;
  private final long closeTimeoutMillis;
  private volatile List<Lane> lanes; // exchanged under this
  private List<Lane> leaving = List.of(); // guarded by this: may still have something to write
  private boolean ended; // guarded by this

  /// Starts the committers.
  ///
  /// @param committers how many batches may be in flight; a store with connections needs as many
  public Batcher(Appends store, Committed committed, int committers) {
    this(store, committed, committers, FairQueue.Bounds.ofLanes(committers), CLOSE_TIMEOUT_MILLIS);
  }

  /// With other bounds, for tests.
  Batcher(
      Appends store,
      Committed committed,
      int committers,
      FairQueue.Bounds bounds,
      long closeTimeoutMillis) {
    this.closeTimeoutMillis = closeTimeoutMillis;
    this.writer = new BatchWriter(store, committed);
    this.lanes = started(committers, bounds, List.of());
  }

  private List<Lane> started(int committers, FairQueue.Bounds bounds, List<Lane> before) {
    List<Lane> started = new ArrayList<>();
    for (int i = 0; i < committers; i++) {
      started.add(new Lane(i, bounds, before));
    }
    started.forEach(lane -> lane.thread.start());
    return List.copyOf(started);
  }

  /// From now on so many batches may be in flight. What waits already is written before what is
  /// offered from now on, so the order of each conversation stays. Does not block.
  public synchronized void committers(int wanted) {
    if (ended || wanted == lanes.size()) {
      return;
    }
    List<Lane> before =
        Stream.concat(leaving.stream(), lanes.stream())
            .filter(lane -> lane.thread.isAlive())
            .toList();
    lanes = started(wanted, FairQueue.Bounds.ofLanes(wanted), before);
    leaving = before;
    before.forEach(Lane::close);
  }

  /// How many batches may be in flight.
  public int committers() {
    return lanes.size();
  }

  /// Queues a draft. Refuses with `OVERLOADED` through the sender when the lane is full.
  public void offer(Draft draft, Sender sender) {
    int hash = draft.conversationId().hashCode();
    var waiting = new Waiting(draft, sender, System.nanoTime());
    List<Lane> now;
    do { // a lane that takes nothing more was exchanged before that, or everything ends
      now = lanes;
      if (now.get(Math.floorMod(hash ^ hash >>> 16, now.size())).offer(waiting)) {
        return;
      }
    } while (now != lanes);
    sender.failed(draft, Lane.goingAway());
  }

  /// Calls of the store so far.
  public long batches() {
    return writer.batches();
  }

  /// Messages stored so far, repeats left out.
  public long messages() {
    return writer.messages();
  }

  /// Drafts that wait for a committer.
  public int queued() {
    return lanes.stream().mapToInt(lane -> lane.depth).sum();
  }

  /// Refuses new drafts, writes what is queued, ends the committers. What could not be written in
  /// time, because the store is away, is refused.
  @Override
  public void close() {
    List<Lane> all;
    synchronized (this) {
      ended = true;
      all = Stream.concat(leaving.stream(), lanes.stream()).toList();
    }
    all.forEach(Lane::close);
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(closeTimeoutMillis);
    try {
      for (Lane lane : all) {
        lane.thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      all.forEach(Lane::abandon);
    }
  }

  private final class Lane {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final FairQueue queue; // guarded by lock
    private boolean closed; // guarded by lock
    private volatile int depth;
    private volatile long drainedPerSecond = 1_000; // a first guess, then measured
    private final Thread thread;
    private List<Lane> before; // the thread's own: written before anything here is

    Lane(int number, FairQueue.Bounds bounds, List<Lane> before) {
      this.before = before;
      queue = new FairQueue(bounds);
      thread = Thread.ofPlatform().name("committer-" + number).daemon().unstarted(this::run);
    }

    /// False when it takes nothing any more.
    boolean offer(Waiting waiting) {
      ApiError refusal = null;
      lock.lock();
      try {
        if (closed) {
          return false;
        }
        if (!queue.add(waiting)) {
          refusal =
              new ApiError(
                  ErrorCode.OVERLOADED,
                  queue.size() + " messages wait already; send it again later",
                  secondsToDrain());
        } else {
          depth = queue.size();
          if (depth == 1 || depth == REST_TO_MESSAGES) {
            filled.signal(); // anything between would only wake a committer that rests
          }
        }
      } finally {
        lock.unlock();
      }
      if (refusal != null) {
        waiting.sender().failed(waiting.draft(), refusal);
      }
      return true;
    }

    private static ApiError goingAway() {
      return new ApiError(
          ErrorCode.OVERLOADED, "this server is going away; reconnect and send again");
    }

    private int secondsToDrain() {
      return Math.clamp(depth / Math.max(1, drainedPerSecond) + 1, 1, 60);
    }

    void close() {
      lock.lock();
      try {
        closed = true;
        filled.signal();
      } finally {
        lock.unlock();
      }
    }

    /// Refuses what the committer did not get to.
    void abandon() {
      List<Waiting> left;
      lock.lock();
      try {
        left = queue.drain();
        depth = 0;
      } finally {
        lock.unlock();
      }
      BatchWriter.fail(left, goingAway());
    }

    private void run() {
      awaitThoseBefore();
      long tookNanos = 0;
      for (Taken taken = take(0); taken != null; taken = take(tookNanos)) {
        tookNanos = 0;
        if (!taken.late().isEmpty()) {
          BatchWriter.fail(
              taken.late(),
              new ApiError(
                  ErrorCode.OVERLOADED,
                  "the message waited too long for the message store; send it again later",
                  secondsToDrain()));
        }
        List<Waiting> batch = taken.batch();
        if (!batch.isEmpty()) {
          long start = System.nanoTime();
          writer.write(batch);
          tookNanos = Math.max(1, System.nanoTime() - start);
          drainedPerSecond = (drainedPerSecond * 7 + batch.size() * 1_000_000_000L / tookNanos) / 8;
        }
      }
    }

    /// Each of their commits has a time limit, and they take nothing more.
    private void awaitThoseBefore() {
      try {
        for (Lane lane : before) {
          lane.thread.join();
        }
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt(); // nobody does
      }
      before = List.of();
    }

    /// Waits for work; null when closed and drained.
    ///
    /// @param tookNanos the commit that ended just now
    private Taken take(long tookNanos) {
      lock.lock();
      try {
        rest(tookNanos);
        while (queue.size() == 0) {
          if (closed) {
            return null;
          }
          filled.awaitUninterruptibly();
        }
        Taken taken = queue.take(System.nanoTime());
        depth = queue.size();
        return taken;
      } finally {
        lock.unlock();
      }
    }

    private void rest(long tookNanos) {
      long nanos = Math.min(tookNanos, MOST_REST_NANOS);
      try {
        while (nanos > 0 && !closed && worthWaiting(queue.size())) {
          nanos = filled.awaitNanos(nanos);
        }
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt(); // nobody does; then without a rest
      }
    }

    private static boolean worthWaiting(int messages) {
      return messages >= REST_FROM_MESSAGES && messages < REST_TO_MESSAGES;
    }
  }
}
