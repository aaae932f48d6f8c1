package server.messages;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import migrate.move.messages.MessageSide;
import migrate.move.messages.Place;
import migrate.move.messages.Span;
import migrate.move.messages.StoredCursor;
import migrate.move.messages.StoredMessage;
import migrate.move.messages.StoredReceipt;

/// PostgreSQL as one side of a move of messages. Rows are written if they are not there; a head is
/// the conversation's `last_seq`, raised by those who do not hold the row. Thread-safe.
public final class PostgresSide implements MessageSide {
  private static final int FETCH_ROWS = 200; // at most 13 MB of the largest contents

  private final DataSource connections;
  private final Runnable closing;

  /// @param connections that nobody else waits for
  /// @param closing ends them
  public PostgresSide(DataSource connections, Runnable closing) {
    this.connections = connections;
    this.closing = closing;
  }

  private interface Work<T> {
    T with(Connection connection) throws SQLException;
  }

  private <T> T connected(Work<T> work) {
    try (Connection connection = connections.getConnection()) {
      return work.with(connection);
    } catch (SQLException e) {
      throw new StoreUnavailable(e);
    }
  }

  @Override
  public Place place() {
    return Place.POSTGRES;
  }

  @Override
  public Map<UUID, Long> heads(Collection<UUID> conversations) {
    String sql =
        "SELECT conversation_id, last_seq FROM conversations"
            + " WHERE conversation_id = ANY (?) AND last_seq > 0";
    return connected(connection -> {
      Map<UUID, Long> heads = new HashMap<>();
      try (var statement = connection.prepareStatement(sql)) {
        statement.setArray(1, connection.createArrayOf("uuid", conversations.toArray()));
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            heads.put(rows.getObject(1, UUID.class), rows.getLong(2));
          }
        }
      }
      return heads;
    });
  }

  private static final String READ =
      """
      SELECT m.conversation_id, m.seq, m.sender_user_id, m.sender_device_id, m.client_message_id,
        m.sent_at, m.reply_to_seq, m.content_type, m.content
      FROM unnest(?, ?, ?) WITH ORDINALITY AS s (conversation_id, after_seq, to_seq, number)
      CROSS JOIN LATERAL (
        SELECT * FROM messages WHERE messages.conversation_id = s.conversation_id
          AND messages.seq > s.after_seq AND messages.seq <= s.to_seq
        ORDER BY messages.seq OFFSET 0) m
      """;

  @Override
  public void read(List<Span> spans, Consumer<StoredMessage> to) {
    if (spans.isEmpty()) {
      return;
    }
    connected(connection -> {
      connection.setAutoCommit(false); // without it all rows would be fetched at once
      try (var statement = connection.prepareStatement(READ)) {
        statement.setFetchSize(FETCH_ROWS);
        statement.setArray(1, array(connection, "uuid", spans, Span::conversationId));
        statement.setArray(2, array(connection, "int8", spans, Span::afterSeq));
        statement.setArray(3, array(connection, "int8", spans, Span::toSeq));
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            to.accept(message(rows));
          }
        }
      } finally {
        connection.rollback();
        connection.setAutoCommit(true);
      }
      return null;
    });
  }

  private static StoredMessage message(ResultSet row) throws SQLException {
    return new StoredMessage(
        row.getObject(1, UUID.class),
        row.getLong(2),
        row.getObject(3, UUID.class),
        row.getObject(4, UUID.class),
        row.getObject(5, UUID.class),
        row.getObject(6, OffsetDateTime.class).toInstant(),
        row.getLong(7), // null reads as 0
        row.getString(8),
        row.getBytes(9));
  }

  private static final String WRITE =
      """
      INSERT INTO messages (conversation_id, seq, sender_user_id, sender_device_id, client_message_id,
                            sent_at, reply_to_seq, content_type, content)
      SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?)
      """;

  @Override
  public void write(List<StoredMessage> messages) {
    insert(messages, WRITE + "ON CONFLICT DO NOTHING");
  }

  @Override
  public void overwrite(List<StoredMessage> messages) {
    insert(
        messages,
        WRITE
            + "ON CONFLICT (conversation_id, seq) DO UPDATE SET"
            + " sender_user_id = excluded.sender_user_id,"
            + " sender_device_id = excluded.sender_device_id,"
            + " client_message_id = excluded.client_message_id, sent_at = excluded.sent_at,"
            + " reply_to_seq = excluded.reply_to_seq, content_type = excluded.content_type,"
            + " content = excluded.content");
  }

  private void insert(List<StoredMessage> messages, String sql) {
    if (messages.isEmpty()) {
      return;
    }
    connected(connection -> {
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        statement.setArray(1, array(connection, "uuid", messages, StoredMessage::conversationId));
        statement.setArray(2, array(connection, "int8", messages, StoredMessage::seq));
        statement.setArray(3, array(connection, "uuid", messages, StoredMessage::senderUserId));
        statement.setArray(4, array(connection, "uuid", messages, StoredMessage::senderDeviceId));
        statement.setArray(5, array(connection, "uuid", messages, StoredMessage::clientMessageId));
        statement.setArray(6, array(connection, "timestamptz", messages, m -> utc(m.sentAt())));
        statement.setArray(
            7,
            array(connection, "int8", messages, m -> m.replyToSeq() == 0 ? null : m.replyToSeq()));
        statement.setArray(8, array(connection, "text", messages, StoredMessage::contentType));
        byte[][] contents = new byte[messages.size()][];
        Arrays.setAll(contents, i -> messages.get(i).content());
        statement.setArray(9, connection.createArrayOf("bytea", contents));
        return statement.executeUpdate();
      }
    });
  }

  private static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }

  private static <T> Array array(
      Connection connection, String type, List<T> of, Function<T, Object> field)
      throws SQLException {
    Object[] values = new Object[of.size()];
    Arrays.setAll(values, i -> field.apply(of.get(i)));
    return connection.createArrayOf(type, values);
  }

  @Override
  public void complete(Map<UUID, Head> heads) {
    String sql =
        "UPDATE conversations c SET last_seq = h.seq FROM unnest(?, ?) AS h (id, seq)"
            + " WHERE c.conversation_id = h.id AND c.last_seq < h.seq";
    List<Map.Entry<UUID, Head>> all = List.copyOf(heads.entrySet());
    connected(connection -> {
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        statement.setArray(1, array(connection, "uuid", all, Map.Entry::getKey));
        statement.setArray(2, array(connection, "int8", all, e -> e.getValue().seq()));
        return statement.executeUpdate();
      }
    });
  }

  @Override
  public List<StoredCursor> cursors(Collection<UUID> conversations) {
    String sql =
        "SELECT conversation_id, user_id, device_id, delivered_seq, read_seq FROM cursors"
            + " WHERE conversation_id = ANY (?)";
    return connected(connection -> {
      List<StoredCursor> cursors = new ArrayList<>();
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        statement.setArray(1, connection.createArrayOf("uuid", conversations.toArray()));
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            cursors.add(
                new StoredCursor(
                    rows.getObject(1, UUID.class),
                    rows.getObject(2, UUID.class),
                    rows.getObject(3, UUID.class),
                    rows.getLong(4),
                    rows.getLong(5)));
          }
        }
      }
      return cursors;
    });
  }

  @Override
  public void raise(List<StoredCursor> cursors) {
    String sql =
        """
        INSERT INTO cursors AS c (conversation_id, user_id, device_id, delivered_seq, read_seq)
        SELECT * FROM unnest(?, ?, ?, ?, ?) ORDER BY 1, 2, 3
        ON CONFLICT (conversation_id, user_id, device_id) DO UPDATE
          SET delivered_seq = greatest(c.delivered_seq, excluded.delivered_seq),
              read_seq = greatest(c.read_seq, excluded.read_seq)
          WHERE excluded.delivered_seq > c.delivered_seq OR excluded.read_seq > c.read_seq
        """;
    connected(connection -> {
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        statement.setArray(1, array(connection, "uuid", cursors, StoredCursor::conversationId));
        statement.setArray(2, array(connection, "uuid", cursors, StoredCursor::userId));
        statement.setArray(3, array(connection, "uuid", cursors, StoredCursor::deviceId));
        statement.setArray(4, array(connection, "int8", cursors, StoredCursor::deliveredSeq));
        statement.setArray(5, array(connection, "int8", cursors, StoredCursor::readSeq));
        return statement.executeUpdate();
      }
    });
  }

  @Override
  public List<StoredReceipt> receipts(Collection<UUID> conversations, Instant since) {
    String sql =
        "SELECT conversation_id, user_id, device_id, delivered_seq, read_seq, reached_at"
            + " FROM receipts WHERE conversation_id = ANY (?) AND reached_at >= ?";
    return connected(connection -> {
      List<StoredReceipt> receipts = new ArrayList<>();
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        statement.setArray(1, connection.createArrayOf("uuid", conversations.toArray()));
        statement.setObject(2, utc(since));
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            receipts.add(
                new StoredReceipt(
                    rows.getObject(1, UUID.class),
                    rows.getObject(2, UUID.class),
                    rows.getObject(3, UUID.class),
                    rows.getLong(4),
                    rows.getLong(5),
                    rows.getObject(6, OffsetDateTime.class).toInstant()));
          }
        }
      }
      return receipts;
    });
  }

  @Override
  public void log(List<StoredReceipt> receipts) {
    String sql =
        "INSERT INTO receipts"
            + " (conversation_id, user_id, device_id, delivered_seq, read_seq, reached_at)"
            + " SELECT * FROM unnest(?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    connected(connection -> {
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        statement.setArray(1, array(connection, "uuid", receipts, StoredReceipt::conversationId));
        statement.setArray(2, array(connection, "uuid", receipts, StoredReceipt::userId));
        statement.setArray(3, array(connection, "uuid", receipts, StoredReceipt::deviceId));
        statement.setArray(4, array(connection, "int8", receipts, StoredReceipt::deliveredSeq));
        statement.setArray(5, array(connection, "int8", receipts, StoredReceipt::readSeq));
        statement.setArray(6, array(connection, "timestamptz", receipts, r -> utc(r.reachedAt())));
        return statement.executeUpdate();
      }
    });
  }

  private static final String ANSWERS =
      """
      SELECT i.number, m.seq, m.sent_at
      FROM unnest(?, ?, ?) WITH ORDINALITY AS i (conversation_id, device_id, client_id, number)
      CROSS JOIN LATERAL (
        SELECT x.seq, x.sent_at FROM messages x
        WHERE x.conversation_id = i.conversation_id AND x.sender_device_id = i.device_id
          AND x.client_message_id = i.client_id LIMIT 1) m
      """;

  @Override
  public Map<Integer, Head> answers(List<StoredMessage> messages) {
    return connected(connection -> {
      Map<Integer, Head> answers = new HashMap<>();
      try (PreparedStatement statement = connection.prepareStatement(ANSWERS)) {
        statement.setArray(1, array(connection, "uuid", messages, StoredMessage::conversationId));
        statement.setArray(2, array(connection, "uuid", messages, StoredMessage::senderDeviceId));
        statement.setArray(3, array(connection, "uuid", messages, StoredMessage::clientMessageId));
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            Instant sentAt = rows.getObject(3, OffsetDateTime.class).toInstant();
            answers.put(rows.getInt(1) - 1, new Head(rows.getLong(2), sentAt));
          }
        }
      }
      return answers;
    });
  }

  /// Appends take the row that the caller holds: what is committed by then is all.
  @Override
  public Map<UUID, Long> fence(Collection<UUID> conversations) {
    return heads(conversations);
  }

  @Override
  public double probe() {
    long start = System.nanoTime();
    heads(List.of(new UUID(0, 0)));
    return (System.nanoTime() - start) / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }

  @Override
  public void close() {
    closing.run();
  }
}
