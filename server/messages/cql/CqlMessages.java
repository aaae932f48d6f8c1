package server.messages.cql;

import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import server.messages.Message;
import server.messages.MessageStore.Span;

/// Reads conversations' logs, bucket by bucket. Thread-safe; blocks.
final class CqlMessages {
  private static final String COLUMNS =
      "SELECT seq, sender_user_id, sender_device_id, client_message_id, sent_at, reply_to_seq,"
          + " content_type, content FROM messages WHERE conversation_id = ? AND bucket = ?";

  private final CqlLink link;
  private final PreparedStatement forward;
  private final PreparedStatement backward;
  private final PreparedStatement senders;

  CqlMessages(CqlLink link) {
    this.link = link;
    this.forward = link.prepare(COLUMNS + " AND seq > ? AND seq <= ? LIMIT ?");
    this.backward = link.prepare(COLUMNS + " AND seq <= ? ORDER BY seq DESC LIMIT ?");
    this.senders =
        link.prepare(
            "SELECT sender_user_id FROM messages"
                + " WHERE conversation_id = ? AND bucket = ? AND seq > ? AND seq <= ?");
  }

  /// See [server.messages.MessageStore#readForward]: a bucket of each span at a time, those of all
  /// spans at once. Ends at the first seq that is missing: an entry that is being applied may show
  /// a later one first.
  Map<Span, List<Message>> forward(Collection<Span> spans, int each) {
    Map<Span, List<Message>> found = new HashMap<>();
    spans.forEach(span -> found.put(span, new ArrayList<>()));
    List<Span> open = new ArrayList<>(found.keySet());
    while (!open.isEmpty()) {
      List<BoundStatement> reads = new ArrayList<>(open.size());
      for (Span span : open) {
        List<Message> messages = found.get(span);
        long last = last(span, messages);
        long bucket = CqlRows.bucket(last + 1);
        int left = each - messages.size();
        reads.add(forward.bind(span.conversationId(), bucket, last, span.toSeq(), left));
      }
      List<List<Row>> rows = link.all(reads);
      List<Span> next = new ArrayList<>();
      for (int i = 0; i < open.size(); i++) {
        if (add(open.get(i), rows.get(i), found.get(open.get(i)), each)) {
          next.add(open.get(i));
        }
      }
      open = next;
    }
    return found;
  }

  private static long last(Span span, List<Message> messages) {
    return messages.isEmpty() ? span.afterSeq() : messages.getLast().seq();
  }

  /// Adds the rows of one bucket.
  ///
  /// @return whether the next one may have more
  private static boolean add(Span span, List<Row> rows, List<Message> to, int each) {
    long bucket = CqlRows.bucket(last(span, to) + 1);
    for (Row row : rows) {
      Message message = message(span.conversationId(), row);
      if (message.seq() != last(span, to) + 1) {
        return false;
      }
      to.add(message);
    }
    long last = last(span, to);
    return CqlRows.bucket(last + 1) != bucket // else the log ends in this one
        && last < span.toSeq()
        && to.size() < each;
  }

  /// The last messages up to `toSeq`, ascending.
  ///
  /// @param toSeq at most the head: up to there nothing is missing
  List<Message> backward(UUID conversation, long toSeq, int limit) {
    List<Message> messages = new ArrayList<>();
    long next = toSeq;
    while (next > 0 && messages.size() < limit) {
      long bucket = CqlRows.bucket(next);
      int left = limit - messages.size();
      for (Row row : link.all(backward.bind(conversation, bucket, next, left))) {
        messages.add(message(conversation, row));
      }
      next = bucket * CqlRows.BUCKET - 1;
    }
    return messages.reversed();
  }

  private static Message message(UUID conversation, Row row) {
    return new Message(
        conversation,
        row.getLong("seq"),
        row.getUuid("sender_user_id"),
        row.getUuid("sender_device_id"),
        row.getUuid("client_message_id"),
        row.getInstant("sent_at"),
        row.getLong("reply_to_seq"), // an absent one reads as 0
        row.getString("content_type"),
        CqlRows.content(row));
  }

  /// See [server.messages.MessageStore#countOthers]: a bucket of each conversation at a time, those
  /// of all conversations at once.
  Map<UUID, Integer> countOthers(UUID user, Collection<Span> spans, int cap) {
    Map<UUID, Integer> counts = new HashMap<>();
    List<Span> open = new ArrayList<>(spans);
    spans.forEach(span -> counts.put(span.conversationId(), 0));
    while (!open.isEmpty()) {
      List<BoundStatement> reads = new ArrayList<>(open.size());
      for (Span span : open) {
        long bucket = CqlRows.bucket(span.afterSeq() + 1);
        reads.add(senders.bind(span.conversationId(), bucket, span.afterSeq(), span.toSeq()));
      }
      List<List<Row>> found = link.all(reads);
      List<Span> next = new ArrayList<>();
      for (int i = 0; i < open.size(); i++) {
        Span span = open.get(i);
        long end = (CqlRows.bucket(span.afterSeq() + 1) + 1) * CqlRows.BUCKET - 1;
        int others = 0;
        for (Row row : found.get(i)) {
          others += user.equals(row.getUuid("sender_user_id")) ? 0 : 1;
        }
        int sum = Math.min(cap, counts.get(span.conversationId()) + others);
        counts.put(span.conversationId(), sum);
        boolean full = found.get(i).size() == end - span.afterSeq();
        if (full && sum < cap && end < span.toSeq()) {
          next.add(new Span(span.conversationId(), end, span.toSeq()));
        }
      }
      open = next;
    }
    return counts;
  }
}
