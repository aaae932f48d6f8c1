package server.realtime;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import server.messages.Message;

/// The newest messages of a conversation, in memory, without gaps: most readers that are behind are
/// only a little behind. What is old is forgotten, because a node may hold very many conversations.
/// Not thread-safe: guarded by its hub's lock.
final class Tail {
  private static final int MAX_MESSAGES = 64;
  private static final long MAX_BYTES = 256 * 1024; // as [#weight] counts
  private static final int ENTRY_BYTES = 1024; // ids and field names, as objects and in a frame

  /// A message and its shared encoding.
  record Entry(Message message, SharedFrame frame) {
    Entry(Message message) {
      this(message, new SharedFrame(new ServerFrame.Delivery(message)));
    }
  }

  private final ArrayDeque<Entry> entries = new ArrayDeque<>(4);
  private long bytes;
  private int aged; // so many of them, the first ones, were here at the last call of age()

  /// Appends the next message.
  void add(Entry entry) {
    entries.addLast(entry);
    bytes += weight(entry);
    while (entries.size() > MAX_MESSAGES || bytes > MAX_BYTES && entries.size() > 1) {
      removeFirst();
    }
  }

  /// Forgets what was here at the call before.
  void age() {
    while (aged > 0) {
      removeFirst();
    }
    aged = entries.size();
  }

  private void removeFirst() {
    bytes -= weight(entries.removeFirst());
    aged = Math.max(0, aged - 1);
  }

  /// The content, and its encodings: as base64 and as bytes.
  private static long weight(Entry entry) {
    return 4L * entry.message().content().length + ENTRY_BYTES;
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  /// Whether everything from `seq` on is here.
  boolean reachesBackTo(long seq) {
    return !entries.isEmpty() && entries.getFirst().message().seq() <= seq;
  }

  /// What it holds of `afterSeq < seq <= toSeq`, ascending, at most `limit`.
  List<Entry> read(long afterSeq, long toSeq, int limit) {
    List<Entry> found = new ArrayList<>();
    for (Entry entry : entries) {
      long seq = entry.message().seq();
      if (seq > afterSeq && seq <= toSeq && found.size() < limit) {
        found.add(entry);
      }
    }
    return found;
  }
}
