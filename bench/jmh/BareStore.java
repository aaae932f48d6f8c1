package bench.jmh;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import migrate.schema.CqlSessions;
import server.messages.Draft;

/// What a program would do that only wrote and read the rows of messages: no check, no order, no
/// idempotency. Durable like ours: `synchronous_commit` on, `LOCAL_QUORUM`. For one thread.
sealed interface BareStore extends AutoCloseable {
  /// One row.
  record Row(long seq, byte[] content) {}

  /// Writes rows in one batch (PostgreSQL) or at once (CQL); `firstSeq` and up, one log.
  void append(UUID conversation, long firstSeq, List<Draft> drafts);

  /// The rows from `fromSeq` to `toSeq`, ascending.
  List<Row> read(UUID conversation, long fromSeq, long toSeq);

  @Override
  void close();

  static BareStore on(String engine, People people) {
    return engine.equals("cql") ? new Cql(people) : new Postgres(people);
  }

  /// `INSERT … SELECT FROM unnest`, one autocommit round trip for a batch.
  final class Postgres implements BareStore {
    private static final String INSERT =
        "INSERT INTO messages (conversation_id, seq, sender_user_id, sender_device_id,"
            + " client_message_id, sent_at, content) SELECT ?, s, ?, ?, i, clock_timestamp(), b"
            + " FROM unnest(?::bigint[], ?::uuid[], ?::bytea[]) AS x (s, i, b)";
    private static final String SELECT =
        "SELECT seq, content FROM messages WHERE conversation_id = ? AND seq BETWEEN ? AND ?"
            + " ORDER BY seq";

    private final Connection connection;

    Postgres(People people) {
      try {
        connection = people.pool().getConnection();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void append(UUID conversation, long firstSeq, List<Draft> drafts) {
      int size = drafts.size();
      Long[] seqs = new Long[size];
      UUID[] ids = new UUID[size];
      byte[][] contents = new byte[size][];
      for (int i = 0; i < size; i++) {
        seqs[i] = firstSeq + i;
        ids[i] = drafts.get(i).clientMessageId();
        contents[i] = drafts.get(i).content();
      }
      try (var statement = connection.prepareStatement(INSERT)) {
        statement.setObject(1, conversation);
        statement.setObject(2, drafts.getFirst().senderUserId());
        statement.setObject(3, drafts.getFirst().senderDeviceId());
        statement.setArray(4, connection.createArrayOf("int8", seqs));
        statement.setArray(5, connection.createArrayOf("uuid", ids));
        statement.setArray(6, connection.createArrayOf("bytea", contents));
        statement.executeUpdate();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public List<Row> read(UUID conversation, long fromSeq, long toSeq) {
      try (var statement = connection.prepareStatement(SELECT)) {
        statement.setObject(1, conversation);
        statement.setLong(2, fromSeq);
        statement.setLong(3, toSeq);
        List<Row> rows = new ArrayList<>();
        try (ResultSet found = statement.executeQuery()) {
          while (found.next()) {
            rows.add(new Row(found.getLong(1), found.getBytes(2)));
          }
        }
        return rows;
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() {
      try {
        connection.close();
      } catch (SQLException _) {
        // it goes with the pool
      }
    }
  }

  /// A plain write for each row, all under way at once.
  final class Cql implements BareStore {
    private static final int BUCKET = 1024; // as the schema says

    private final CqlSession session;
    private final PreparedStatement insert;
    private final PreparedStatement select;

    Cql(People people) {
      session = CqlSessions.open(people.cqlUrl());
      String messages = people.cqlUrl().keyspace() + ".messages";
      insert =
          session.prepare(
              "INSERT INTO "
                  + messages
                  + " (conversation_id, bucket, seq, sender_user_id, sender_device_id,"
                  + " client_message_id, sent_at, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
      select =
          session.prepare(
              "SELECT seq, content FROM "
                  + messages
                  + " WHERE conversation_id = ? AND bucket = ? AND seq >= ? AND seq <= ?");
    }

    @Override
    public void append(UUID conversation, long firstSeq, List<Draft> drafts) {
      Stream.Builder<CompletionStage<AsyncResultSet>> writes = Stream.builder();
      for (int i = 0; i < drafts.size(); i++) {
        Draft draft = drafts.get(i);
        long seq = firstSeq + i;
        writes.add(
            session.executeAsync(
                insert
                    .bind(
                        conversation,
                        seq / BUCKET,
                        seq,
                        draft.senderUserId(),
                        draft.senderDeviceId(),
                        draft.clientMessageId(),
                        Instant.now(),
                        ByteBuffer.wrap(draft.content()))
                    .setConsistencyLevel(ConsistencyLevel.LOCAL_QUORUM)));
      }
      CompletableFuture.allOf(
              writes
                  .build()
                  .map(CompletionStage::toCompletableFuture)
                  .toArray(CompletableFuture[]::new))
          .join();
    }

    @Override
    public List<Row> read(UUID conversation, long fromSeq, long toSeq) {
      List<Row> rows = new ArrayList<>();
      for (long bucket = fromSeq / BUCKET; bucket <= toSeq / BUCKET; bucket++) {
        session
            .execute(
                select
                    .bind(conversation, bucket, fromSeq, toSeq)
                    .setConsistencyLevel(ConsistencyLevel.LOCAL_QUORUM))
            .forEach(row -> rows.add(new Row(row.getLong(0), row.getByteBuffer(1).array())));
      }
      return rows;
    }

    @Override
    public void close() {
      session.close();
    }
  }
}
