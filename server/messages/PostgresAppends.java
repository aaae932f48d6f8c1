package server.messages;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import javax.sql.DataSource;

/// The hot statements: one call and one commit for a batch, by plain JDBC.
///
/// A lone message goes to `append_message`, a batch to `append_new_messages`, which is cheaper but
/// takes all or nothing: what has something to be judged in it, a retry or a sender who is no
/// member, goes to `append_messages`, and so do the next batches, because such things come in
/// swarms. Thread-safe.
final class PostgresAppends {
  private static final String ONE =
      "SELECT status, seq, sent_at, members_version FROM append_message(?, ?, ?, ?, ?, ?, ?)";
  private static final String ALL_NEW =
      "SELECT seqs, sent_at, members_versions FROM append_new_messages(?, ?, ?, ?, ?, ?, ?)";
  private static final String JUDGED =
      "SELECT status, seq, sent_at, members_version, idx FROM append_messages(?, ?, ?, ?, ?, ?, ?)";

  /// Of a batch that met a deadlock or serialization failure.
  private static final int MAX_ATTEMPTS = 5;

  private static final Set<String> WORTH_RETRYING = Set.of("40P01", "40001");

  /// What `append_new_messages` fails with: a key that is there already, and its own code.
  private static final Set<String> NOT_ALL_NEW = Set.of("23505", "VY001");

  /// Batches that are judged after one that had to be: a failed try costs as much as a good one.
  private static final int JUDGED_IN_A_ROW = 20;

  private final DataSource connections;
  private final AtomicInteger toJudge = new AtomicInteger();

  /// @param connections for nothing else, so that reads never keep a commit waiting
  PostgresAppends(DataSource connections) {
    this.connections = connections;
  }

  /// As [MessageStore#append].
  List<Appended> append(List<Draft> batch) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try (Connection connection = connections.getConnection()) {
        return append(connection, batch);
      } catch (SQLException e) {
        if (!WORTH_RETRYING.contains(String.valueOf(e.getSQLState())) || attempt == MAX_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private List<Appended> append(Connection connection, List<Draft> batch) throws SQLException {
    if (batch.size() == 1) {
      return List.of(one(connection, batch.getFirst()));
    }
    if (toJudge.get() > 0) {
      toJudge.decrementAndGet();
      return judged(connection, batch);
    }
    try {
      return allNew(connection, batch);
    } catch (SQLException e) {
      if (!NOT_ALL_NEW.contains(String.valueOf(e.getSQLState()))) {
        throw e;
      }
      toJudge.set(JUDGED_IN_A_ROW);
      return judged(connection, batch);
    }
  }

  private static Appended one(Connection connection, Draft draft) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(ONE)) {
      statement.setObject(1, draft.conversationId());
      statement.setObject(2, draft.senderUserId());
      statement.setObject(3, draft.senderDeviceId());
      statement.setObject(4, draft.clientMessageId());
      if (draft.replyToSeq() == 0) {
        statement.setNull(5, Types.BIGINT);
      } else {
        statement.setLong(5, draft.replyToSeq());
      }
      statement.setString(6, draft.contentType());
      statement.setBytes(7, draft.content());
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return answer(row);
      }
    }
  }

  private static List<Appended> allNew(Connection connection, List<Draft> batch)
      throws SQLException {
    try (PreparedStatement statement = prepared(connection, ALL_NEW, batch);
        ResultSet row = statement.executeQuery()) {
      row.next();
      Long[] seqs = (Long[]) row.getArray(1).getArray();
      Instant sentAt = instant(row, 2);
      Long[] versions = (Long[]) row.getArray(3).getArray();
      List<Appended> answers = new ArrayList<>(batch.size());
      for (int i = 0; i < batch.size(); i++) {
        answers.add(new Appended.Stored(seqs[i], sentAt, false, versions[i]));
      }
      return answers;
    }
  }

  private static List<Appended> judged(Connection connection, List<Draft> batch)
      throws SQLException {
    Appended[] answers = new Appended[batch.size()];
    try (PreparedStatement statement = prepared(connection, JUDGED, batch);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        answers[rows.getInt(5) - 1] = answer(rows);
      }
    }
    return List.of(answers); // also proves that none is missing: List.of refuses null
  }

  private static PreparedStatement prepared(Connection connection, String sql, List<Draft> batch)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    statement.setArray(1, uuids(connection, batch, Draft::conversationId));
    statement.setArray(2, uuids(connection, batch, Draft::senderUserId));
    statement.setArray(3, uuids(connection, batch, Draft::senderDeviceId));
    statement.setArray(4, uuids(connection, batch, Draft::clientMessageId));
    statement.setArray(
        5, array(connection, "int8", batch, d -> d.replyToSeq() == 0 ? null : d.replyToSeq()));
    statement.setArray(6, array(connection, "text", batch, Draft::contentType));
    byte[][] contents = new byte[batch.size()][];
    Arrays.setAll(contents, i -> batch.get(i).content());
    statement.setArray(7, connection.createArrayOf("bytea", contents));
    return statement;
  }

  private static Array uuids(Connection connection, List<Draft> batch, Function<Draft, UUID> field)
      throws SQLException {
    return array(connection, "uuid", batch, field::apply);
  }

  private static Array array(
      Connection connection, String type, List<Draft> batch, Function<Draft, Object> field)
      throws SQLException {
    Object[] values = new Object[batch.size()];
    Arrays.setAll(values, i -> field.apply(batch.get(i)));
    return connection.createArrayOf(type, values);
  }

  private static Appended answer(ResultSet row) throws SQLException {
    int status = row.getInt(1);
    return switch (status) {
      case 0, 1 ->
          new Appended.Stored(row.getLong(2), instant(row, 3), status == 1, row.getLong(4));
      case 2 -> Appended.Refused.NOT_A_MEMBER;
      case 3 -> Appended.Refused.UNKNOWN_REPLY;
      case 4 -> Appended.Refused.ELSEWHERE;
      default -> throw new IllegalStateException("an append answered status " + status);
    };
  }

  private static Instant instant(ResultSet row, int column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }
}
