package migrate.move.messages;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import migrate.move.FailPoint;

/// Copies conversations' logs, cursors and receipts from one store to the other. All of it may be
/// repeated, and goes on where it was: the target's head says up to where it has a log whole.
/// Thread-safe for different conversations.
final class Copy {
  /// Written at once, whichever comes first: a few milliseconds of work for the target.
  private static final int WRITE_ROWS = 256;

  private static final int WRITE_BYTES = 512 * 1024;

  /// After so many messages the target's heads are raised, so that a crash costs no more.
  private static final int SLICE = 5_000;

  private final MessageSide from;
  private final MessageSide to;
  private final Throttle throttle;
  private final LongAdder messages = new LongAdder();
  private final LongAdder bytes = new LongAdder();

  Copy(MessageSide from, MessageSide to, Throttle throttle) {
    this.from = from;
    this.to = to;
    this.throttle = throttle;
  }

  MessageSide from() {
    return from;
  }

  MessageSide to() {
    return to;
  }

  /// Messages written so far, repeats included.
  long messages() {
    return messages.sum();
  }

  long bytes() {
    return bytes.sum();
  }

  /// Copies what the target lacks of these logs, and raises its heads.
  void logs(Collection<UUID> conversations) {
    for (List<Span> slice : slices(lacking(from.heads(conversations)))) {
      to.complete(copy(slice, true));
      FailPoint.pass("slice-copied");
    }
  }

  /// The same up to these heads, for rows that the caller holds: as fast as it goes, and without
  /// raising heads.
  ///
  /// @return where the logs end at the target now; those that lacked nothing are left out
  Map<UUID, MessageSide.Head> tails(Map<UUID, Long> heads) {
    Map<UUID, MessageSide.Head> ends = new HashMap<>();
    for (List<Span> slice : slices(lacking(heads))) {
      ends.putAll(copy(slice, false));
    }
    return ends;
  }

  private List<Span> lacking(Map<UUID, Long> heads) {
    List<UUID> some = heads.keySet().stream().filter(id -> heads.get(id) > 0).toList();
    if (some.isEmpty()) {
      return List.of();
    }
    Map<UUID, Long> there = to.heads(some);
    List<Span> spans = new ArrayList<>();
    for (UUID conversation : some) {
      var span =
          new Span(conversation, there.getOrDefault(conversation, 0L), heads.get(conversation));
      if (span.length() > 0) {
        spans.add(span);
      }
    }
    return spans;
  }

  /// Parts of at most [#SLICE] messages, those of one log in order.
  private static List<List<Span>> slices(List<Span> spans) {
    List<List<Span>> slices = new ArrayList<>();
    List<Span> slice = new ArrayList<>();
    long size = 0;
    for (Span span : spans) {
      long after = span.afterSeq();
      while (after < span.toSeq()) {
        long end = Math.min(span.toSeq(), after + SLICE - size);
        slice.add(new Span(span.conversationId(), after, end));
        size += end - after;
        after = end;
        if (size == SLICE) {
          slices.add(slice);
          slice = new ArrayList<>();
          size = 0;
        }
      }
    }
    if (!slice.isEmpty()) {
      slices.add(slice);
    }
    return slices;
  }

  private Map<UUID, MessageSide.Head> copy(List<Span> spans, boolean throttled) {
    Map<UUID, Long> next = new HashMap<>();
    spans.forEach(span -> next.put(span.conversationId(), span.afterSeq() + 1));
    Map<UUID, MessageSide.Head> ends = new HashMap<>();
    var written = new Buffer(throttled);
    from.read(
        spans,
        message -> {
          long due = next.merge(message.conversationId(), 1L, Long::sum) - 1;
          if (message.seq() != due) {
            throw missing(message.conversationId(), due);
          }
          ends.put(message.conversationId(), new MessageSide.Head(message.seq(), message.sentAt()));
          written.add(message);
        });
    written.flush();
    for (Span span : spans) {
      if (next.get(span.conversationId()) <= span.toSeq()) {
        throw missing(span.conversationId(), next.get(span.conversationId()));
      }
    }
    return ends;
  }

  private IllegalStateException missing(UUID conversation, long seq) {
    return new IllegalStateException(
        "%s lacks message %d of conversation %s, below its last: the source is damaged; restore it"
            .formatted(from.place(), seq, conversation));
  }

  private final class Buffer {
    private final boolean throttled;
    private List<StoredMessage> rows = new ArrayList<>();
    private long size;

    Buffer(boolean throttled) {
      this.throttled = throttled;
    }

    void add(StoredMessage message) {
      rows.add(message);
      size += message.bytes();
      if (rows.size() == WRITE_ROWS || size >= WRITE_BYTES) {
        flush();
      }
    }

    void flush() {
      if (rows.isEmpty()) {
        return;
      }
      if (throttled) {
        throttle.take(rows.size());
      }
      to.write(rows);
      messages.add(rows.size());
      bytes.add(size);
      rows = new ArrayList<>();
      size = 0;
    }
  }

  /// Copies cursors that are not among `known`.
  ///
  /// @return all that the source has
  Set<StoredCursor> cursors(Collection<UUID> conversations, Set<StoredCursor> known) {
    Set<StoredCursor> all = new HashSet<>(from.cursors(conversations));
    List<StoredCursor> risen = new ArrayList<>(all);
    risen.removeAll(known);
    if (!risen.isEmpty()) {
      to.raise(risen);
    }
    return all;
  }

  void receipts(Collection<UUID> conversations, Instant since) {
    List<StoredReceipt> receipts = from.receipts(conversations, since);
    if (!receipts.isEmpty()) {
      to.log(receipts);
    }
  }
}
