package migrate.move.messages;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Compares two stores' copies of conversations: logs by checksums over ranges of seqs, read back
/// row by row where these differ; what retries would be answered; cursors.
///
/// What was stored up to the moment a conversation is begun with is compared, so it works while
/// people write. Thread-safe for different conversations.
final class LogComparison {
  /// Messages under one checksum.
  static final long RANGE = 1_024;

  /// Read at once of each side.
  private static final int MAX_SPANS = 64;

  /// What differs.
  ///
  /// @param what one line for people
  /// @param span the message, or null for what is no message
  record Difference(UUID conversationId, Span span, String what) {}

  private final MessageSide from;
  private final MessageSide to;

  LogComparison(MessageSide from, MessageSide to) {
    this.from = from;
    this.to = to;
  }

  /// What was compared.
  record Compared(long ranges, long messages) {}

  /// Compares these conversations.
  ///
  /// @param upTo their last seqs that both sides must have
  /// @param cursors as the source had them before
  Compared compare(
      Map<UUID, Long> upTo, Collection<StoredCursor> cursors, Consumer<Difference> found) {
    List<Span> ranges = new ArrayList<>();
    upTo.forEach((conversation, head) -> {
      for (long after = 0; after < head; after += RANGE) {
        ranges.add(new Span(conversation, after, Math.min(head, after + RANGE)));
      }
    });
    long messages = 0;
    for (int i = 0; i < ranges.size(); i += MAX_SPANS) {
      messages += ranges(ranges.subList(i, Math.min(ranges.size(), i + MAX_SPANS)), found);
    }
    cursors(cursors, found);
    return new Compared(ranges.size(), messages);
  }

  private long ranges(List<Span> ranges, Consumer<Difference> found) {
    List<StoredMessage> rows = new ArrayList<>();
    Map<Key, Sum> here = sums(from, ranges, rows);
    Map<Key, Sum> there = sums(to, ranges, null);
    for (Span range : ranges) {
      Key key = Key.of(range.conversationId(), range.afterSeq() + 1);
      Sum one = here.getOrDefault(key, Sum.NONE);
      Sum other = there.getOrDefault(key, Sum.NONE);
      if (!one.equals(other)) {
        rows(range, found);
      } else if (one.count() != range.length()) {
        found.accept(
            new Difference(
                range.conversationId(),
                range,
                "both stores have %d of %d messages".formatted(one.count(), range.length())));
      }
    }
    answers(rows, found);
    return rows.size();
  }

  private record Key(UUID conversation, long range) {
    static Key of(UUID conversation, long seq) {
      return new Key(conversation, (seq - 1) / RANGE);
    }
  }

  private record Sum(long count, String digest) {
    static final Sum NONE = new Sum(0, "");
  }

  /// @param rows gets what a retry of each would say, or null
  private static Map<Key, Sum> sums(MessageSide side, List<Span> ranges, List<StoredMessage> rows) {
    Map<Key, Digest> digests = new HashMap<>();
    side.read(
        ranges,
        message -> {
          Key key = Key.of(message.conversationId(), message.seq());
          digests.computeIfAbsent(key, _ -> new Digest()).add(message);
          if (rows != null) {
            rows.add(withoutContent(message));
          }
        });
    Map<Key, Sum> sums = new HashMap<>();
    digests.forEach((key, digest) -> sums.put(key, new Sum(digest.count(), digest.hex())));
    return sums;
  }

  private static StoredMessage withoutContent(StoredMessage m) {
    return new StoredMessage(
        m.conversationId(),
        m.seq(),
        m.senderUserId(),
        m.senderDeviceId(),
        m.clientMessageId(),
        m.sentAt(),
        m.replyToSeq(),
        m.contentType(),
        new byte[0]);
  }

  /// Which rows of a range differ.
  private void rows(Span range, Consumer<Difference> found) {
    Map<Long, StoredMessage> here = new HashMap<>();
    Map<Long, StoredMessage> there = new HashMap<>();
    from.read(List.of(range), message -> here.put(message.seq(), message));
    to.read(List.of(range), message -> there.put(message.seq(), message));
    for (long seq = range.afterSeq() + 1; seq <= range.toSeq(); seq++) {
      String what = difference(here.get(seq), there.get(seq));
      if (what != null) {
        var message = new Span(range.conversationId(), seq - 1, seq);
        found.accept(
            new Difference(range.conversationId(), message, "message " + seq + ": " + what));
      }
    }
  }

  private String difference(StoredMessage one, StoredMessage other) {
    if (one == null || other == null) {
      return one == other
          ? "missing in both stores"
          : "missing in " + (one == null ? from : to).place();
    }
    boolean same =
        one.senderUserId().equals(other.senderUserId())
            && one.senderDeviceId().equals(other.senderDeviceId())
            && one.clientMessageId().equals(other.clientMessageId())
            && one.sentAt().equals(other.sentAt())
            && one.replyToSeq() == other.replyToSeq()
            && java.util.Objects.equals(one.contentType(), other.contentType());
    if (!same) {
      return "its fields differ";
    }
    int at = Arrays.mismatch(one.content(), other.content());
    return at < 0 ? null : "its content differs from byte " + at + " on";
  }

  private void answers(List<StoredMessage> rows, Consumer<Difference> found) {
    if (rows.isEmpty()) {
      return;
    }
    Map<Integer, MessageSide.Head> answers = to.answers(rows);
    for (int i = 0; i < rows.size(); i++) {
      StoredMessage row = rows.get(i);
      var due = new MessageSide.Head(row.seq(), row.sentAt());
      MessageSide.Head answer = answers.get(i);
      if (!due.equals(answer)) {
        var message = new Span(row.conversationId(), row.seq() - 1, row.seq());
        String what = answer == null ? "would not be found" : "would be answered " + answer.seq();
        found.accept(
            new Difference(
                row.conversationId(), message, "a retry of message " + row.seq() + " " + what));
      }
    }
  }

  private record Device(UUID conversation, UUID user, UUID device) {}

  /// A cursor may be higher at the target already, never lower.
  private void cursors(Collection<StoredCursor> here, Consumer<Difference> found) {
    Set<UUID> conversations =
        here.stream().map(StoredCursor::conversationId).collect(Collectors.toSet());
    Map<Device, StoredCursor> there = new HashMap<>();
    to.cursors(conversations)
        .forEach(c -> there.put(new Device(c.conversationId(), c.userId(), c.deviceId()), c));
    for (StoredCursor c : here) {
      StoredCursor other = there.get(new Device(c.conversationId(), c.userId(), c.deviceId()));
      long delivered = other == null ? 0 : other.deliveredSeq();
      long read = other == null ? 0 : other.readSeq();
      if (delivered < c.deliveredSeq() || read < c.readSeq()) {
        found.accept(
            new Difference(
                c.conversationId(),
                null,
                "the cursor of device %s is at %d and %d in %s, at %d and %d in %s"
                    .formatted(
                        c.deviceId(),
                        c.deliveredSeq(),
                        c.readSeq(),
                        from.place(),
                        delivered,
                        read,
                        to.place())));
      }
    }
  }
}
