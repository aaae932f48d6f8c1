package server.realtime;

import java.util.TreeMap;

/// Messages of one conversation that overtook others, or that wait until it is known who the
/// members are. Not thread-safe: guarded by its hub's lock.
final class Overtaking {
  /// Beyond these the store is read instead: messages, and bytes of their contents.
  private static final int MAX_MESSAGES = 256;

  private static final long MAX_BYTES = 512 * 1024;

  private final TreeMap<Long, Tail.Entry> waiting = new TreeMap<>();
  private long bytes;

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  boolean has(long seq) {
    return waiting.containsKey(seq);
  }

  /// Keeps a message, if there is room.
  void add(Tail.Entry entry) {
    long seq = entry.message().seq();
    if (waiting.size() < MAX_MESSAGES && bytes < MAX_BYTES && !waiting.containsKey(seq)) {
      waiting.put(seq, entry);
      bytes += entry.message().content().length;
    }
  }

  /// Takes out the message with that seq and forgets what is below it; null when it is not here.
  Tail.Entry take(long seq) {
    while (!waiting.isEmpty() && waiting.firstKey() < seq) {
      removeFirst();
    }
    return has(seq) ? removeFirst() : null;
  }

  private Tail.Entry removeFirst() {
    Tail.Entry entry = waiting.pollFirstEntry().getValue();
    bytes -= entry.message().content().length;
    return entry;
  }
}
