package server.realtime;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import server.messages.Message;

/// The newest messages of a conversation, in memory, without gaps: most readers that are behind are
/// only a little behind. Not thread-safe: guarded by its hub's lock.
final class Tail {
  private static final int MAX_MESSAGES = 64;
  private static final long MAX_BYTES = 128 * 1024;

  /// A message and its shared encoding.
  record Entry(Message message, SharedFrame frame) {
    Entry(Message message) {
      this(message, new SharedFrame(new ServerFrame.Delivery(message)));
    }
  }

  private final ArrayDeque<Entry> entries = new ArrayDeque<>(4);
  private long bytes;

  /// Appends the next message.
  void add(Entry entry) {
    entries.addLast(entry);
    bytes += entry.message().content().length;
    while (entries.size() > MAX_MESSAGES || bytes > MAX_BYTES && entries.size() > 1) {
      bytes -= entries.removeFirst().message().content().length;
    }
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
