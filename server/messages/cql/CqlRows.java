package server.messages.cql;

import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.metadata.Node;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import server.messages.Draft;
import server.messages.Message;

/// The tables that entries are applied to, in CQL. Every write says its own timestamp, so that
/// doing it again, however late, changes nothing.
final class CqlRows implements Rows {
  /// `bucket` of a message: seq / 1,024.
  static final long BUCKET = 1_024;

  /// What a row has beside its content, about: ids, numbers, and what the database adds.
  private static final int MESSAGE_BYTES = 300;

  private static final int KEY_BYTES = 150;
  private static final int MAX_KEYS_A_READ = 10;

  static final String WRITE_MESSAGE =
      "INSERT INTO messages (conversation_id, bucket, seq, sender_user_id, sender_device_id,"
          + " client_message_id, sent_at, reply_to_seq, content_type, content)"
          + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?";

  static final String WRITE_KEY =
      "INSERT INTO message_ids"
          + " (conversation_id, sender_device_id, client_message_id, seq, sent_at)"
          + " VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?";

  static final String WRITE_HEAD =
      "UPDATE heads USING TIMESTAMP ? SET last_seq = ?, last_activity_at = ?"
          + " WHERE conversation_id = ?";

  private final CqlLink link;
  private final Packing packing;
  private final PreparedStatement first;
  private final PreparedStatement several;
  private final PreparedStatement head;
  private final PreparedStatement writeMessage;
  private final PreparedStatement writeKey;
  private final PreparedStatement writeHead;

  CqlRows(CqlLink link) {
    this.link = link;
    this.packing = new Packing(link.session());
    this.first =
        link.prepare(
            "SELECT client_message_id, seq, sent_at FROM message_ids WHERE conversation_id = ?"
                + " AND sender_device_id = ? AND client_message_id = ?");
    this.several =
        link.prepare(
            "SELECT client_message_id, seq, sent_at FROM message_ids WHERE conversation_id = ?"
                + " AND sender_device_id = ? AND client_message_id IN ?");
    this.head = link.prepare("SELECT last_seq FROM heads WHERE conversation_id = ?");
    this.writeMessage = link.prepare(WRITE_MESSAGE);
    this.writeKey = link.prepare(WRITE_KEY);
    this.writeHead = link.prepare(WRITE_HEAD);
  }

  static long bucket(long seq) {
    return seq / BUCKET;
  }

  /// Of a message's row.
  static byte[] content(Row row) {
    ByteBuffer content = row.getByteBuffer("content");
    byte[] bytes = new byte[content == null ? 0 : content.remaining()];
    if (content != null) {
      content.get(bytes);
    }
    return bytes;
  }

  /// Keys of one sender in one conversation are asked for together, where their rows are together.
  @Override
  public Map<Draft.Key, First> firsts(Collection<Draft.Key> keys) {
    Map<Asked, List<Draft.Key>> groups = new LinkedHashMap<>();
    for (Draft.Key key : keys) {
      var single = first.bind(key.conversationId(), key.senderDeviceId(), key.clientMessageId());
      var replicas = packing.replicas(single.getRoutingKey());
      groups
          .computeIfAbsent(
              new Asked(key.conversationId(), key.senderDeviceId(), replicas),
              _ -> new ArrayList<>())
          .add(key);
    }
    List<Draft.Key> asked = new ArrayList<>(keys.size()); // the first of each read
    List<BoundStatement> reads = new ArrayList<>();
    groups.forEach((group, those) -> {
      for (int from = 0; from < those.size(); from += MAX_KEYS_A_READ) {
        int to = Math.min(those.size(), from + MAX_KEYS_A_READ);
        asked.add(those.get(from));
        reads.add(read(those.subList(from, to)));
      }
    });
    List<List<Row>> found = link.all(reads);
    Map<Draft.Key, First> firsts = new HashMap<>();
    for (int i = 0; i < asked.size(); i++) {
      for (Row row : found.get(i)) {
        Instant sentAt = row.getInstant("sent_at");
        if (sentAt != null) {
          Draft.Key of = asked.get(i);
          var key =
              new Draft.Key(
                  of.conversationId(), of.senderDeviceId(), row.getUuid("client_message_id"));
          firsts.put(key, new First(row.getLong("seq"), sentAt));
        }
      }
    }
    return firsts;
  }

  private record Asked(UUID conversation, UUID device, Set<Node> replicas) {}

  private BoundStatement read(List<Draft.Key> keys) {
    Draft.Key one = keys.getFirst();
    BoundStatement single =
        first.bind(one.conversationId(), one.senderDeviceId(), one.clientMessageId());
    if (keys.size() == 1) {
      return single;
    }
    List<UUID> ids = keys.stream().map(Draft.Key::clientMessageId).toList();
    return several
        .bind(one.conversationId(), one.senderDeviceId(), ids)
        .setRoutingKey(single.getRoutingKey());
  }

  @Override
  public Map<UUID, Long> heads(Collection<UUID> conversations) {
    List<BoundStatement> reads = new ArrayList<>(conversations.size());
    conversations.forEach(conversation -> reads.add(head.bind(conversation)));
    List<List<Row>> found = link.all(reads);
    Map<UUID, Long> heads = new HashMap<>();
    int i = 0;
    for (UUID conversation : conversations) {
      for (Row row : found.get(i++)) {
        heads.put(conversation, row.getLong("last_seq"));
      }
    }
    return heads;
  }

  @Override
  public void writeMessages(Entry entry) {
    List<Packing.Write> writes = new ArrayList<>(entry.messages().size());
    for (Message message : entry.messages()) {
      int bytes = MESSAGE_BYTES + message.content().length;
      writes.add(new Packing.Write(write(message, entry.writtenAtMicros()), bytes));
    }
    link.all(packing.pack(writes));
  }

  private BoundStatement write(Message message, long micros) {
    // An absent value is left unset: a null would be a tombstone for each message.
    var write =
        writeMessage
            .boundStatementBuilder()
            .setUuid(0, message.conversationId())
            .setLong(1, bucket(message.seq()))
            .setLong(2, message.seq())
            .setUuid(3, message.senderUserId())
            .setUuid(4, message.senderDeviceId())
            .setUuid(5, message.clientMessageId())
            .setInstant(6, message.sentAt())
            .setByteBuffer(9, ByteBuffer.wrap(message.content()))
            .setLong(10, micros);
    if (message.replyToSeq() != 0) {
      write = write.setLong(7, message.replyToSeq());
    }
    if (message.contentType() != null) {
      write = write.setString(8, message.contentType());
    }
    return write.build();
  }

  @Override
  public void writeKeysAndHeads(Entry entry) {
    List<Packing.Write> writes = new ArrayList<>(2 * entry.messages().size());
    Map<UUID, Message> last = new HashMap<>();
    for (Message message : entry.messages()) {
      last.put(message.conversationId(), message); // they come in order of seq
      BoundStatement key =
          writeKey.bind(
              message.conversationId(),
              message.senderDeviceId(),
              message.clientMessageId(),
              message.seq(),
              message.sentAt(),
              entry.writtenAtMicros());
      writes.add(new Packing.Write(key, KEY_BYTES));
    }
    for (Message message : last.values()) {
      BoundStatement head =
          writeHead.bind(message.seq(), message.seq(), message.sentAt(), message.conversationId());
      writes.add(new Packing.Write(head, KEY_BYTES));
    }
    link.all(packing.pack(writes));
  }
}
