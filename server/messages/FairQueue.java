package server.messages;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/// The drafts that wait for one committer: in the order given within a conversation, in turn
/// between conversations, bounded in number, in bytes and in time. Taking costs what is taken,
/// however long one conversation's queue is. Not thread-safe: the lane's lock guards it.
final class FairQueue {
  /// One batch: beyond some hundred rows a statement's fixed cost has vanished, and waiting grows.
  static final int MAX_BATCH_MESSAGES = 512;

  /// Keeps a batch of large contents from making everyone in it wait.
  static final int MAX_BATCH_BYTES = 2 * 1024 * 1024;

  /// One busy conversation leaves room for the others of its lane.
  static final int MAX_CONVERSATION_SHARE = MAX_BATCH_MESSAGES / 4;

  /// What may wait, and for how long.
  ///
  /// @param messages before senders are refused
  /// @param bytes of heap, likewise
  /// @param waitNanos what has waited longer is refused instead of written: its sender is about to
  ///   give up (an HTTP send after 10 s), and while the store is away nobody shall wait through the
  ///   time-outs of all the batches before
  record Bounds(int messages, long bytes, long waitNanos) {
    static final Bounds STANDARD =
        new Bounds(64 * 1024, 32L * 1024 * 1024, TimeUnit.SECONDS.toNanos(8));

    /// Of one of so many lanes: all together hold what two standard ones do, but each holds a batch
    /// that is being filled and one more.
    static Bounds ofLanes(int lanes) {
      return new Bounds(
          Math.clamp(2 * STANDARD.messages / lanes, 2 * MAX_BATCH_MESSAGES, STANDARD.messages),
          Math.clamp(2 * STANDARD.bytes / lanes, 2L * MAX_BATCH_BYTES, STANDARD.bytes),
          STANDARD.waitNanos);
    }
  }

  /// @param sinceNanos of [System#nanoTime]
  record Waiting(Draft draft, Batcher.Sender sender, long sinceNanos) {}

  /// @param late what has waited too long
  record Taken(List<Waiting> batch, List<Waiting> late) {}

  private final Bounds bounds;
  private final LinkedHashMap<UUID, ArrayDeque<Waiting>> turns = new LinkedHashMap<>();
  private int size;
  private long bytes;

  FairQueue(Bounds bounds) {
    this.bounds = bounds;
  }

  int size() {
    return size;
  }

  /// False when it is full.
  boolean add(Waiting waiting) {
    int weight = waiting.draft().weightBytes();
    if (size >= bounds.messages || bytes + weight > bounds.bytes) {
      return false;
    }
    turns
        .computeIfAbsent(waiting.draft().conversationId(), _ -> new ArrayDeque<>(1))
        .addLast(waiting);
    size++;
    bytes += weight;
    return true;
  }

  /// Takes the next batch out. A conversation that has had its share has its next turn after all
  /// others.
  Taken take(long nowNanos) {
    List<Waiting> batch = new ArrayList<>(Math.min(size, MAX_BATCH_MESSAGES));
    List<Waiting> late = new ArrayList<>(0);
    Map<UUID, ArrayDeque<Waiting>> again = new LinkedHashMap<>();
    long batchBytes = 0;
    while (!turns.isEmpty() && batch.size() < MAX_BATCH_MESSAGES && batchBytes < MAX_BATCH_BYTES) {
      Map.Entry<UUID, ArrayDeque<Waiting>> turn = turns.pollFirstEntry();
      ArrayDeque<Waiting> queue = turn.getValue();
      int share = 0;
      while (!queue.isEmpty()
          && share < MAX_CONVERSATION_SHARE
          && batch.size() < MAX_BATCH_MESSAGES
          && batchBytes < MAX_BATCH_BYTES) {
        Waiting next = queue.removeFirst();
        int weight = next.draft().weightBytes();
        size--;
        bytes -= weight;
        if (nowNanos - next.sinceNanos() > bounds.waitNanos) {
          late.add(next);
        } else {
          batch.add(next);
          batchBytes += weight;
          share++;
        }
      }
      if (!queue.isEmpty()) {
        again.put(turn.getKey(), queue);
      }
    }
    turns.putAll(again);
    return new Taken(batch, late);
  }

  /// Takes everything out.
  List<Waiting> drain() {
    List<Waiting> all = turns.values().stream().<Waiting>mapMulti(Iterable::forEach).toList();
    turns.clear();
    size = 0;
    bytes = 0;
    return all;
  }
}
