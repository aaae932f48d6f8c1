package server.messages;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.http.ApiError;
import server.http.ErrorCode;

/// Group commit: senders queue drafts and go on; a committer takes what is there, writes it as one
/// batch and tells everybody. There is no timer: alone, a message is a batch of one; under load the
/// batch grows while the one before it commits.
///
/// A conversation belongs to one lane and a lane to one committer thread, so the order in which one
/// thread offers drafts of a conversation is the order of their seqs. [#offer] never blocks. Every
/// draft gets exactly one answer, on the lane's thread.
public final class Batcher implements AutoCloseable {
  /// One batch: beyond some hundred rows a statement's fixed cost has vanished, and waiting grows.
  private static final int MAX_BATCH_MESSAGES = 512;

  /// Keeps a batch of large contents from making everyone in it wait.
  private static final int MAX_BATCH_BYTES = 2 * 1024 * 1024;

  /// One busy conversation leaves room for the others of its lane.
  private static final int MAX_CONVERSATION_SHARE = MAX_BATCH_MESSAGES / 4;

  /// What one lane may hold before senders are refused: bytes of heap, and drafts.
  private static final long MAX_QUEUE_BYTES = 32L * 1024 * 1024;

  private static final int MAX_QUEUE_MESSAGES = 64 * 1024;
  private static final long CLOSE_TIMEOUT_MILLIS = 10_000; // a commit's statement timeout is 5 s

  private static final Logger log = LoggerFactory.getLogger(Batcher.class);

  /// Who waits for a draft's fate. Called once, on a committer thread; must not block.
  public interface Sender {
    /// The store judged it.
    void answered(Draft draft, Appended answer);

    /// It was not stored, or (for a code that says so) nobody knows.
    void failed(Draft draft, ApiError error);
  }

  /// Is told of what a batch made visible, in seq order for each conversation, then of its end.
  /// Called on committer threads, before the senders are answered; must not block.
  public interface Committed {
    /// One message that was not there before.
    void message(Message message, long membersVersion);

    /// The batch is over: flush what was gathered.
    void batchEnd();
  }

  private record Waiting(Draft draft, Sender sender) {}

  private final MessageStore store;
  private final Committed committed;
  private final List<Lane> lanes = new ArrayList<>();
  private final LongAdder batches = new LongAdder();
  private final LongAdder messages = new LongAdder();

  /// Starts the committers.
  ///
  /// @param committers how many batches may be in flight; the store needs as many connections
  public Batcher(MessageStore store, Committed committed, int committers) {
    this.store = store;
    this.committed = committed;
    for (int i = 0; i < committers; i++) {
      lanes.add(new Lane(i));
    }
    lanes.forEach(lane -> lane.thread.start());
  }

  /// Queues a draft. Refuses with `OVERLOADED` through the sender when the lane is full.
  public void offer(Draft draft, Sender sender) {
    int hash = draft.conversationId().hashCode();
    lanes.get(Math.floorMod(hash ^ hash >>> 16, lanes.size())).offer(new Waiting(draft, sender));
  }

  /// Batches written so far.
  public long batches() {
    return batches.sum();
  }

  /// Messages stored so far, repeats left out.
  public long messages() {
    return messages.sum();
  }

  /// Drafts that wait or are being written now.
  public int queued() {
    return lanes.stream().mapToInt(lane -> lane.depth).sum();
  }

  /// Refuses new drafts, writes what is queued, ends the committers.
  @Override
  public void close() {
    lanes.forEach(Lane::close);
    for (Lane lane : lanes) {
      try {
        lane.thread.join(CLOSE_TIMEOUT_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private final class Lane {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>(); // guarded by lock
    private long queuedBytes; // guarded by lock
    private boolean closed; // guarded by lock
    private volatile int depth;
    private volatile long drainedPerSecond = 1_000; // a first guess, then measured
    private final Thread thread;

    Lane(int number) {
      thread = Thread.ofPlatform().name("committer-" + number).daemon().unstarted(this::run);
    }

    void offer(Waiting waiting) {
      ApiError refusal = null;
      lock.lock();
      try {
        if (closed) {
          refusal = new ApiError(ErrorCode.OVERLOADED, "this server is going away; reconnect and send again");
        } else if (queue.size() >= MAX_QUEUE_MESSAGES
            || queuedBytes + waiting.draft().weightBytes() > MAX_QUEUE_BYTES) {
          refusal = new ApiError(ErrorCode.OVERLOADED, queue.size() + " messages wait already; send it again later", secondsToDrain());
        } else {
          queue.addLast(waiting);
          queuedBytes += waiting.draft().weightBytes();
          depth = queue.size();
          filled.signal();
        }
      } finally {
        lock.unlock();
      }
      if (refusal != null) {
        waiting.sender().failed(waiting.draft(), refusal);
      }
    }

    private int secondsToDrain() {
      return Math.clamp(queue.size() / Math.max(1, drainedPerSecond) + 1, 1, 60);
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

    private void run() {
      for (List<Waiting> batch = take(); !batch.isEmpty(); batch = take()) {
        long start = System.nanoTime();
        write(batch);
        long nanos = Math.max(1, System.nanoTime() - start);
        drainedPerSecond = (drainedPerSecond * 7 + batch.size() * 1_000_000_000L / nanos) / 8;
      }
    }

    /// Waits for work; empty when closed and drained. What one conversation has beyond its share
    /// stays, with all that comes behind it in that conversation, at the head of the queue.
    private List<Waiting> take() {
      lock.lock();
      try {
        while (queue.isEmpty()) {
          if (closed) {
            return List.of();
          }
          filled.awaitUninterruptibly();
        }
        List<Waiting> batch = new ArrayList<>(Math.min(queue.size(), MAX_BATCH_MESSAGES));
        List<Waiting> left = new ArrayList<>();
        Map<UUID, Integer> shares = new HashMap<>();
        long bytes = 0;
        while (!queue.isEmpty() && batch.size() < MAX_BATCH_MESSAGES && bytes < MAX_BATCH_BYTES) {
          Waiting next = queue.removeFirst();
          if (shares.merge(next.draft().conversationId(), 1, Integer::sum) > MAX_CONVERSATION_SHARE) {
            left.add(next);
          } else {
            batch.add(next);
            bytes += next.draft().weightBytes();
          }
        }
        left.reversed().forEach(queue::addFirst);
        queuedBytes -= bytes;
        depth = queue.size();
        return batch;
      } finally {
        lock.unlock();
      }
    }

    /// A retry that meets its first attempt in one batch shares its fate instead of being written.
    private void write(List<Waiting> batch) {
      Map<Draft.Key, List<Waiting>> byKey = HashMap.newHashMap(batch.size());
      List<Draft> drafts = new ArrayList<>(batch.size());
      for (Waiting waiting : batch) {
        List<Waiting> same = byKey.computeIfAbsent(waiting.draft().key(), _ -> new ArrayList<>(1));
        if (same.isEmpty()) {
          drafts.add(waiting.draft());
        }
        same.add(waiting);
      }
      write(drafts, byKey);
      safely(committed::batchEnd);
    }

    /// On a data error the batch is halved until the poisoned draft stands alone and fails alone.
    private void write(List<Draft> drafts, Map<Draft.Key, List<Waiting>> byKey) {
      List<Appended> answers;
      try {
        batches.increment();
        answers = store.append(drafts);
      } catch (StoreUnavailable e) {
        log.warn("batch of {} messages: {}", drafts.size(), e.getCause().toString());
        fail(drafts, byKey, new ApiError(ErrorCode.UNAVAILABLE, "the message store does not answer; send it again with the same client_message_id", 1));
        return;
      } catch (RuntimeException e) {
        if (drafts.size() > 1) {
          int half = drafts.size() / 2;
          write(drafts.subList(0, half), byKey);
          write(drafts.subList(half, drafts.size()), byKey);
        } else {
          log.error("a message could not be stored", e);
          fail(drafts, byKey, new ApiError(ErrorCode.INTERNAL_ERROR, "the message could not be stored; send it again with the same client_message_id"));
        }
        return;
      }
      for (int i = 0; i < drafts.size(); i++) {
        if (answers.get(i) instanceof Appended.Stored stored && !stored.repeated()) {
          messages.increment();
          Message message = stored(drafts.get(i), stored);
          safely(() -> committed.message(message, stored.membersVersion()));
        }
      }
      for (int i = 0; i < drafts.size(); i++) {
        Appended answer = answers.get(i);
        byKey.get(drafts.get(i).key()).forEach(
            waiting -> safely(() -> waiting.sender().answered(waiting.draft(), answer)));
      }
    }

    private static Message stored(Draft draft, Appended.Stored stored) {
      return new Message(draft.conversationId(), stored.seq(), draft.senderUserId(),
          draft.senderDeviceId(), draft.clientMessageId(), stored.sentAt(), draft.replyToSeq(),
          draft.contentType(), draft.content());
    }

    private static void fail(List<Draft> drafts, Map<Draft.Key, List<Waiting>> byKey, ApiError error) {
      for (Draft draft : drafts) {
        byKey.get(draft.key()).forEach(
            waiting -> safely(() -> waiting.sender().failed(waiting.draft(), error)));
      }
    }

    /// A fault in one listener must not take the lane, and with it its conversations, down.
    private static void safely(Runnable step) {
      try {
        step.run();
      } catch (RuntimeException e) {
        log.error("telling of a batch failed", e);
      }
    }
  }
}
