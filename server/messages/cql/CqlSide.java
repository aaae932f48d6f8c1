package server.messages.cql;

import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import fixtures.urls.CqlUrl;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import migrate.move.messages.MessageSide;
import migrate.move.messages.Place;
import migrate.move.messages.Span;
import migrate.move.messages.StoredCursor;
import migrate.move.messages.StoredMessage;
import migrate.move.messages.StoredReceipt;

/// The CQL store as one side of a move.
///
/// A copied message is written with the time at which it was sent as its timestamp: the same each
/// time, and below that of whatever is written here by an append or to mend it. Thread-safe.
public final class CqlSide implements MessageSide {
  /// Buckets that are read at once: of usual messages some tens of MB.
  private static final int MAX_BUCKETS = 32;

  /// What a row has beside its content, about: ids, numbers, and what the database adds.
  private static final int MESSAGE_BYTES = 300;

  private static final int KEY_BYTES = 150;

  private final CqlLink link;
  private final Packing packing;
  private final CqlRows rows;
  private final CqlPlaceCopies copies;
  private final Slots slots;
  private final PreparedStatement read;
  private final PreparedStatement writeMessage;
  private final PreparedStatement writeKey;
  private final PreparedStatement writeHead;
  private final PreparedStatement answer;

  private CqlSide(CqlLink link) {
    this.link = link;
    this.packing = new Packing(link.session());
    this.rows = new CqlRows(link);
    this.copies = new CqlPlaceCopies(link, packing);
    Roster nobody =
        _ -> {
          throw new IllegalStateException("a mover appends no messages");
        };
    var ground =
        new Ground(
            new CqlSlotLog(link, CqlSlotLog.SEGMENT),
            rows,
            nobody,
            InstantSource.system(),
            Pause.JITTERED,
            () -> new ReentrantLock(true));
    UUID node = UUID.randomUUID();
    this.slots = new Slots(number -> new Slot(number, node, ground));
    this.read =
        link.prepare(
            "SELECT seq, sender_user_id, sender_device_id, client_message_id, sent_at,"
                + " reply_to_seq, content_type, content FROM messages"
                + " WHERE conversation_id = ? AND bucket = ? AND seq > ? AND seq <= ?");
    this.writeMessage = link.prepare(CqlRows.WRITE_MESSAGE);
    this.writeKey = link.prepare(CqlRows.WRITE_KEY);
    this.writeHead = link.prepare(CqlRows.WRITE_HEAD);
    this.answer =
        link.prepare(
            "SELECT seq, sent_at FROM message_ids WHERE conversation_id = ?"
                + " AND sender_device_id = ? AND client_message_id = ?");
  }

  /// Connects. The schema is there.
  ///
  /// @throws fixtures.urls.EnvironmentError when no node of the CQL database answers
  public static CqlSide open(CqlUrl url) {
    CqlLink link = CqlLink.open(url);
    try {
      return new CqlSide(link);
    } catch (RuntimeException e) {
      link.close();
      throw e;
    }
  }

  @Override
  public Place place() {
    return Place.CQL;
  }

  @Override
  public Map<UUID, Long> heads(Collection<UUID> conversations) {
    return rows.heads(conversations);
  }

  private record Part(Span span, long bucket) {}

  @Override
  public void read(List<Span> spans, Consumer<StoredMessage> to) {
    List<Part> parts = new ArrayList<>();
    for (Span span : spans) {
      long last = CqlRows.bucket(span.toSeq());
      for (long bucket = CqlRows.bucket(span.afterSeq() + 1); bucket <= last; bucket++) {
        parts.add(new Part(span, bucket));
        if (parts.size() == MAX_BUCKETS) {
          readParts(parts, to);
          parts.clear();
        }
      }
    }
    readParts(parts, to);
  }

  private void readParts(List<Part> parts, Consumer<StoredMessage> to) {
    List<BoundStatement> reads = new ArrayList<>(parts.size());
    for (Part part : parts) {
      Span span = part.span();
      reads.add(read.bind(span.conversationId(), part.bucket(), span.afterSeq(), span.toSeq()));
    }
    List<List<Row>> found = link.all(reads);
    for (int i = 0; i < parts.size(); i++) {
      for (Row row : found.get(i)) {
        to.accept(message(parts.get(i).span().conversationId(), row));
      }
    }
  }

  private static StoredMessage message(UUID conversation, Row row) {
    return new StoredMessage(
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

  @Override
  public void write(List<StoredMessage> messages) {
    write(messages, message -> micros(message.sentAt()), false);
  }

  @Override
  public void overwrite(List<StoredMessage> messages) {
    long now = micros(Instant.now());
    write(messages, _ -> now, true);
  }

  /// @param over whether what is absent is deleted: each such column costs a tombstone
  private void write(
      List<StoredMessage> messages, ToLongFunction<StoredMessage> timestamp, boolean over) {
    List<Packing.Write> writes = new ArrayList<>(2 * messages.size());
    for (StoredMessage message : messages) {
      long micros = timestamp.applyAsLong(message);
      int bytes = MESSAGE_BYTES + message.content().length;
      writes.add(new Packing.Write(row(message, micros, over), bytes));
      BoundStatement key =
          writeKey.bind(
              message.conversationId(),
              message.senderDeviceId(),
              message.clientMessageId(),
              message.seq(),
              message.sentAt(),
              micros);
      writes.add(new Packing.Write(key, KEY_BYTES));
    }
    link.all(packing.pack(writes));
  }

  private BoundStatement row(StoredMessage message, long micros, boolean over) {
    var write =
        writeMessage
            .boundStatementBuilder()
            .setUuid(0, message.conversationId())
            .setLong(1, CqlRows.bucket(message.seq()))
            .setLong(2, message.seq())
            .setUuid(3, message.senderUserId())
            .setUuid(4, message.senderDeviceId())
            .setUuid(5, message.clientMessageId())
            .setInstant(6, message.sentAt())
            .setByteBuffer(9, ByteBuffer.wrap(message.content()))
            .setLong(10, micros);
    if (message.replyToSeq() != 0) {
      write = write.setLong(7, message.replyToSeq());
    } else if (over) {
      write = write.setToNull(7);
    }
    if (message.contentType() != null) {
      write = write.setString(8, message.contentType());
    } else if (over) {
      write = write.setToNull(8);
    }
    return write.build();
  }

  private static long micros(Instant instant) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }

  @Override
  public void complete(Map<UUID, Head> heads) {
    List<Packing.Write> writes = new ArrayList<>(heads.size());
    heads.forEach((conversation, head) ->
        writes.add(
            new Packing.Write(
                writeHead.bind(head.seq(), head.seq(), head.at(), conversation), KEY_BYTES)));
    link.all(packing.pack(writes));
  }

  @Override
  public List<StoredCursor> cursors(Collection<UUID> conversations) {
    return copies.cursors(conversations);
  }

  @Override
  public void raise(List<StoredCursor> cursors) {
    copies.raise(cursors);
  }

  @Override
  public List<StoredReceipt> receipts(Collection<UUID> conversations, Instant since) {
    return copies.receipts(conversations, since);
  }

  @Override
  public void log(List<StoredReceipt> receipts) {
    copies.log(receipts);
  }

  @Override
  public Map<Integer, Head> answers(List<StoredMessage> messages) {
    List<BoundStatement> reads = new ArrayList<>(messages.size());
    for (StoredMessage m : messages) {
      reads.add(answer.bind(m.conversationId(), m.senderDeviceId(), m.clientMessageId()));
    }
    List<List<Row>> found = link.all(reads);
    Map<Integer, Head> answers = new HashMap<>();
    for (int i = 0; i < found.size(); i++) {
      for (Row row : found.get(i)) {
        answers.put(i, new Head(row.getLong("seq"), row.getInstant("sent_at")));
      }
    }
    return answers;
  }

  @Override
  public Map<UUID, Long> fence(Collection<UUID> conversations) {
    return slots.fence(conversations);
  }

  @Override
  public double probe() {
    long start = System.nanoTime();
    rows.heads(List.of(new UUID(0, 0)));
    return (System.nanoTime() - start) / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }

  @Override
  public void close() {
    link.close();
  }
}
