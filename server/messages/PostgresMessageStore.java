package server.messages;

import static migrate.generated.Tables.CONVERSATIONS;
import static migrate.generated.Tables.CURSORS;
import static migrate.generated.Tables.MESSAGES;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;

/// Messages in PostgreSQL: functions for the hot statements ([PostgresAppends]), jOOQ for the rest.
///
/// Durable before [#append] returns: PostgreSQL's manual says of `synchronous_commit = on` that the
/// client is told of success only after the WAL was flushed to durable storage; the server's pools
/// set it, whatever the database's default is.
public final class PostgresMessageStore implements MessageStore {
  private static final Field<Integer> NUMBER = DSL.field("number", Integer.class);

  private final PostgresAppends appends;
  private final DSLContext dsl;

  /// @param appends connections for [#append] alone, so that reads never keep a commit waiting
  /// @param reads for everything else
  public PostgresMessageStore(DataSource appends, DSLContext reads) {
    this.appends = new PostgresAppends(appends);
    this.dsl = reads;
  }

  @Override
  public List<Appended> append(List<Draft> batch) {
    try {
      return appends.append(batch);
    } catch (SQLException e) {
      throw classified(e);
    }
  }

  private static final String READ_FORWARD =
      """
      SELECT s.number, m.* FROM unnest({0}, {1}, {2})
        WITH ORDINALITY AS s (conversation_id, after_seq, to_seq, number)
      CROSS JOIN LATERAL (
        SELECT {3} FROM messages
        WHERE messages.conversation_id = s.conversation_id
          AND messages.seq > s.after_seq AND messages.seq <= s.to_seq
        ORDER BY messages.seq LIMIT {4}) m
      ORDER BY s.number, m.seq
      """;

  @Override
  public Map<Span, List<Message>> readForward(Collection<Span> spans, int each) {
    List<Span> asked = List.copyOf(spans);
    Map<Span, List<Message>> found = new HashMap<>();
    asked.forEach(span -> found.put(span, new ArrayList<>()));
    if (!asked.isEmpty()) {
      reading(() ->
              dsl.resultQuery(
                      READ_FORWARD,
                      DSL.val(asked.stream().map(Span::conversationId).toArray(UUID[]::new)),
                      DSL.val(asked.stream().map(Span::afterSeq).toArray(Long[]::new)),
                      DSL.val(asked.stream().map(Span::toSeq).toArray(Long[]::new)),
                      DSL.list(MESSAGES.fields()),
                      DSL.val(each))
                  .coerce(Stream.concat(Stream.of(NUMBER), MESSAGES.fieldStream()).toList())
                  .fetch())
          .forEach(row -> found.get(asked.get(row.get(NUMBER) - 1)).add(message(row)));
    }
    return found;
  }

  @Override
  public List<Message> readBackward(UUID conversationId, long beforeSeq, int limit) {
    return reading(() ->
            dsl.selectFrom(MESSAGES)
                .where(MESSAGES.CONVERSATION_ID.eq(conversationId))
                .and(MESSAGES.SEQ.lt(beforeSeq))
                .orderBy(MESSAGES.SEQ.desc())
                .limit(limit)
                .fetch(PostgresMessageStore::message))
        .reversed();
  }

  private static Message message(Record row) {
    Long reply = row.get(MESSAGES.REPLY_TO_SEQ);
    return new Message(
        row.get(MESSAGES.CONVERSATION_ID),
        row.get(MESSAGES.SEQ),
        row.get(MESSAGES.SENDER_USER_ID),
        row.get(MESSAGES.SENDER_DEVICE_ID),
        row.get(MESSAGES.CLIENT_MESSAGE_ID),
        row.get(MESSAGES.SENT_AT).toInstant(),
        reply == null ? 0 : reply,
        row.get(MESSAGES.CONTENT_TYPE),
        row.get(MESSAGES.CONTENT));
  }

  @Override
  public Map<UUID, Long> heads(Collection<UUID> conversationIds) {
    if (conversationIds.isEmpty()) {
      return Map.of();
    }
    return reading(() ->
        dsl.select(CONVERSATIONS.CONVERSATION_ID, CONVERSATIONS.LAST_SEQ)
            .from(CONVERSATIONS)
            .where(CONVERSATIONS.CONVERSATION_ID.eq(anyOf(conversationIds)))
            .fetchMap(CONVERSATIONS.CONVERSATION_ID, CONVERSATIONS.LAST_SEQ));
  }

  /// One array parameter, not one parameter an id: one plan for every size.
  private static org.jooq.QuantifiedSelect<org.jooq.Record1<UUID>> anyOf(Collection<UUID> ids) {
    return DSL.any(ids.toArray(UUID[]::new));
  }

  @Override
  public int countOthers(UUID conversationId, UUID userId, long afterSeq, long toSeq, int cap) {
    return countOthers(userId, List.of(new Span(conversationId, afterSeq, toSeq)), cap)
        .get(conversationId);
  }

  private static final String COUNT_OTHERS =
      """
      SELECT s.conversation_id, (SELECT count(*)::integer FROM (
          SELECT FROM messages m
          WHERE m.conversation_id = s.conversation_id AND m.seq > s.after_seq AND m.seq <= s.to_seq
            AND m.sender_user_id <> {3}
          LIMIT {4}) counted)
      FROM unnest({0}, {1}, {2}) AS s (conversation_id, after_seq, to_seq)
      """;

  @Override
  public Map<UUID, Integer> countOthers(UUID userId, Collection<Span> spans, int cap) {
    if (spans.isEmpty()) {
      return Map.of();
    }
    return reading(() ->
        dsl.resultQuery(
                COUNT_OTHERS,
                DSL.val(spans.stream().map(Span::conversationId).toArray(UUID[]::new)),
                DSL.val(spans.stream().map(Span::afterSeq).toArray(Long[]::new)),
                DSL.val(spans.stream().map(Span::toSeq).toArray(Long[]::new)),
                DSL.val(userId),
                DSL.val(cap))
            .fetchMap(row -> row.get(0, UUID.class), row -> row.get(1, Integer.class)));
  }

  /// The last part reads the statement's snapshot, so it sees the cursors as they were (LATERAL
  /// with a LIMIT, so that it looks them up and never reads the table whole); rows are taken in key
  /// order, so that two nodes acknowledging for the same devices cannot deadlock.
  private static final String ACKNOWLEDGE =
      """
      WITH input AS (
        SELECT * FROM unnest(?, ?, ?, ?, ?) AS i (conversation_id, user_id, device_id, delivered, read)
        ORDER BY 1, 2, 3
      ), risen AS (
        INSERT INTO cursors AS c (conversation_id, user_id, device_id, delivered_seq, read_seq)
        SELECT * FROM input
        ON CONFLICT (conversation_id, user_id, device_id) DO UPDATE
          SET delivered_seq = greatest(c.delivered_seq, excluded.delivered_seq),
              read_seq = greatest(c.read_seq, excluded.read_seq)
          WHERE excluded.delivered_seq > c.delivered_seq OR excluded.read_seq > c.read_seq
        RETURNING conversation_id, user_id, device_id, delivered_seq, read_seq
      ), logged AS (
        INSERT INTO receipts (conversation_id, user_id, device_id, delivered_seq, read_seq)
        SELECT * FROM risen ON CONFLICT DO NOTHING
      )
      SELECT r.*, coalesce(b.delivered_seq, 0), coalesce(b.read_seq, 0)
      FROM risen r LEFT JOIN LATERAL (
        SELECT c.delivered_seq, c.read_seq FROM cursors c
        WHERE (c.conversation_id, c.user_id, c.device_id) = (r.conversation_id, r.user_id, r.device_id)
        LIMIT 1) b ON true
      """;

  @Override
  public List<Advance> acknowledge(Collection<Acknowledgement> acknowledgements) {
    if (acknowledgements.isEmpty()) {
      return List.of();
    }
    List<Acknowledgement> batch = List.copyOf(acknowledgements);
    return reading(() ->
        dsl.connectionResult(connection -> {
          try (PreparedStatement statement = connection.prepareStatement(ACKNOWLEDGE)) {
            statement.setArray(1, uuids(connection, batch, Acknowledgement::conversationId));
            statement.setArray(2, uuids(connection, batch, Acknowledgement::userId));
            statement.setArray(3, uuids(connection, batch, Acknowledgement::deviceId));
            statement.setArray(4, longs(connection, batch, Acknowledgement::deliveredSeq));
            statement.setArray(5, longs(connection, batch, Acknowledgement::readSeq));
            List<Advance> risen = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
              while (rows.next()) {
                risen.add(advance(rows));
              }
            }
            return risen;
          }
        }));
  }

  private static Advance advance(ResultSet row) throws SQLException {
    Cursor now =
        new Cursor(
            row.getObject(1, UUID.class),
            row.getObject(2, UUID.class),
            row.getObject(3, UUID.class),
            row.getLong(4),
            row.getLong(5));
    return new Advance(now, row.getLong(6), row.getLong(7));
  }

  private static java.sql.Array uuids(
      Connection connection, List<Acknowledgement> batch, Function<Acknowledgement, UUID> field)
      throws SQLException {
    return connection.createArrayOf("uuid", batch.stream().map(field).toArray());
  }

  private static java.sql.Array longs(
      Connection connection, List<Acknowledgement> batch, Function<Acknowledgement, Long> field)
      throws SQLException {
    return connection.createArrayOf("int8", batch.stream().map(field).toArray());
  }

  /// LATERAL with an OFFSET, so that it looks them up and never reads the table whole.
  private static final String CURSORS_OF =
      """
      SELECT c.* FROM unnest({0}, {1}) AS s (conversation_id, user_id)
      CROSS JOIN LATERAL (
        SELECT conversation_id, user_id, device_id, delivered_seq, read_seq FROM cursors
        WHERE cursors.conversation_id = s.conversation_id AND cursors.user_id = s.user_id
        OFFSET 0) c
      """;

  @Override
  public Map<Seat, List<Cursor>> cursors(Collection<Seat> seats) {
    Map<Seat, List<Cursor>> found = new HashMap<>();
    seats.forEach(seat -> found.put(seat, new ArrayList<>()));
    if (!seats.isEmpty()) {
      reading(() ->
              dsl.resultQuery(
                      CURSORS_OF,
                      DSL.val(
                          found.keySet().stream().map(Seat::conversationId).toArray(UUID[]::new)),
                      DSL.val(found.keySet().stream().map(Seat::userId).toArray(UUID[]::new)))
                  .coerce(CURSORS)
                  .fetch())
          .forEach(row ->
              found
                  .get(new Seat(row.getConversationId(), row.getUserId()))
                  .add(
                      new Cursor(
                          row.getConversationId(),
                          row.getUserId(),
                          row.getDeviceId(),
                          row.getDeliveredSeq(),
                          row.getReadSeq())));
    }
    return found;
  }

  private static final String RECEIPTS =
      """
      SELECT c.user_id, c.device_id, c.delivered_seq, c.read_seq,
        CASE WHEN {0} > 0 THEN (SELECT r.reached_at FROM receipts r
          WHERE (r.conversation_id, r.user_id, r.device_id) = (c.conversation_id, c.user_id, c.device_id)
            AND r.delivered_seq >= {0} ORDER BY r.delivered_seq, r.read_seq LIMIT 1) END,
        CASE WHEN {0} > 0 THEN (SELECT r.reached_at FROM receipts r
          WHERE (r.conversation_id, r.user_id, r.device_id) = (c.conversation_id, c.user_id, c.device_id)
            AND r.delivered_seq >= {0} AND r.read_seq >= {0} ORDER BY r.delivered_seq, r.read_seq LIMIT 1) END
      FROM cursors c
      WHERE c.conversation_id = {1} AND (c.user_id, c.device_id) > ({2}, {3})
      ORDER BY c.user_id, c.device_id LIMIT {4}
      """;
  private static final UUID LOWEST =
      new UUID(0, 0); // below every id; PostgreSQL orders uuids by bytes

  @Override
  public List<Receipt> receipts(UUID conversationId, Cursor after, long atSeq, int limit) {
    return reading(() ->
        dsl.resultQuery(
                RECEIPTS,
                DSL.val(atSeq),
                DSL.val(conversationId),
                DSL.val(after == null ? LOWEST : after.userId()),
                DSL.val(after == null ? LOWEST : after.deviceId()),
                DSL.val(limit))
            .fetch(row -> receipt(conversationId, row)));
  }

  private static Receipt receipt(UUID conversationId, Record row) {
    return new Receipt(
        new Cursor(
            conversationId,
            row.get(0, UUID.class),
            row.get(1, UUID.class),
            row.get(2, Long.class),
            row.get(3, Long.class)),
        row.get(4, Instant.class),
        row.get(5, Instant.class));
  }

  @Override
  public void startDevice(UUID userId, UUID deviceId, Collection<UUID> conversationIds) {
    if (conversationIds.isEmpty()) {
      return;
    }
    reading(() ->
        dsl.insertInto(
                CURSORS,
                CURSORS.CONVERSATION_ID,
                CURSORS.USER_ID,
                CURSORS.DEVICE_ID,
                CURSORS.DELIVERED_SEQ)
            .select(
                DSL.select(
                        CONVERSATIONS.CONVERSATION_ID,
                        DSL.val(userId),
                        DSL.val(deviceId),
                        CONVERSATIONS.LAST_SEQ)
                    .from(CONVERSATIONS)
                    .where(CONVERSATIONS.CONVERSATION_ID.eq(anyOf(conversationIds)))
                    .and(CONVERSATIONS.LAST_SEQ.gt(0L)))
            .onConflictDoNothing()
            .execute());
  }

  @Override
  public void close() {}

  private static <T> T reading(Supplier<T> query) {
    try {
      return query.get();
    } catch (DataAccessException e) {
      throw e.getCause() instanceof SQLException cause ? classified(cause) : e;
    }
  }

  /// A data error (classes 22 and 23) belongs to some draft of the batch; anything else says
  /// nothing about the data, only that the database did not do its part.
  private static RuntimeException classified(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    return state.startsWith("22") || state.startsWith("23")
        ? new DataAccessException("the store refused the data", e)
        : new StoreUnavailable(e);
  }
}
