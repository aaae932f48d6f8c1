package server.messages;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Gathers messages for one answer, bounded by their number and by their bytes: 200 messages of 64
/// KiB would be 12.8 MB, too much to hold for each of many readers. Used by one thread.
final class MessagePage {
  /// Above it a page ends early. The last read may exceed it by one chunk.
  private static final long MAX_BYTES = 2 * 1024 * 1024;

  /// Messages read at a time: at most 2 MiB, and one query for a page of the default size.
  private static final int CHUNK = 50;

  private final MessageStore messages;
  private final int limit;
  private final ArrayDeque<Message> gathered = new ArrayDeque<>();
  private long bytes;

  MessagePage(MessageStore messages, int limit) {
    this.messages = messages;
    this.limit = limit;
  }

  /// Whether nothing more fits.
  boolean full() {
    return gathered.size() >= limit || bytes >= MAX_BYTES;
  }

  /// Adds messages with `afterSeq < seq <= toSeq`, ascending, while they fit.
  void forward(UUID conversationId, long afterSeq, long toSeq) {
    long after = afterSeq;
    while (!full() && after < toSeq) {
      List<Message> chunk = messages.readForward(conversationId, after, toSeq, room());
      if (chunk.isEmpty()) {
        return; // the store ends before a missing seq
      }
      chunk.forEach(this::addLast);
      after = chunk.getLast().seq();
    }
  }

  /// Adds messages with `seq < beforeSeq` at the front, the newest first, while they fit.
  void backward(UUID conversationId, long beforeSeq) {
    long before = beforeSeq;
    while (!full() && before > 1) {
      List<Message> chunk = messages.readBackward(conversationId, before, room());
      if (chunk.isEmpty()) {
        return;
      }
      chunk.reversed().forEach(this::addFirst);
      before = chunk.getFirst().seq();
    }
  }

  /// What was gathered, in order.
  List<Message> messages() {
    return new ArrayList<>(gathered);
  }

  private int room() {
    return Math.min(CHUNK, limit - gathered.size());
  }

  private void addLast(Message message) {
    if (!full()) {
      gathered.addLast(message);
      bytes += message.content().length;
    }
  }

  private void addFirst(Message message) {
    if (!full()) {
      gathered.addFirst(message);
      bytes += message.content().length;
    }
  }
}
