package server.messages.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Statement;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import server.testing.TestCql;

class PackingTest {
  private static CqlLink link;
  private static Packing packing;
  private static PreparedStatement key;
  private static PreparedStatement message;

  @BeforeAll
  static void connect() {
    link = CqlLink.open(TestCql.newKeyspace());
    packing = new Packing(link.session());
    key =
        link.prepare(
            "INSERT INTO message_ids"
                + " (conversation_id, sender_device_id, client_message_id, seq, sent_at)"
                + " VALUES (?, ?, ?, ?, ?)");
    message =
        link.prepare(
            "INSERT INTO messages (conversation_id, bucket, seq, content) VALUES (?, ?, ?, ?)");
  }

  @AfterAll
  static void close() {
    link.close();
  }

  private static List<Packing.Write> keys(int count) {
    List<Packing.Write> writes = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      UUID id = UUID.randomUUID();
      writes.add(new Packing.Write(key.bind(id, id, id, i, Instant.now()), 150));
    }
    return writes;
  }

  private static List<Packing.Write> messages(int count, int bytes) {
    UUID conversation = UUID.randomUUID();
    List<Packing.Write> writes = new ArrayList<>();
    for (long i = 1; i <= count; i++) {
      var statement = message.bind(conversation, 0L, i, ByteBuffer.wrap(new byte[bytes]));
      writes.add(new Packing.Write(statement, 300 + bytes));
    }
    return writes;
  }

  /// Executes, and gives how many writes they were; the database has nothing to say about any.
  private static int execute(List<Statement<?>> packed) {
    int writes = 0;
    for (Statement<?> statement : packed) {
      assertTrue(Boolean.TRUE.equals(statement.isIdempotent()), "it could not be tried again");
      var warnings = link.session().execute(statement).getExecutionInfo().getWarnings();
      assertEquals(List.of(), warnings);
      writes += statement instanceof BatchStatement batch ? batch.size() : 1;
    }
    return writes;
  }

  @Test
  void smallRowsOfManyPartitionsShareRequestsAndTheDatabaseDoesNotWarn() {
    List<Statement<?>> packed = packing.pack(keys(200));
    assertEquals(20, packed.size());
    assertEquals(200, execute(packed));
    assertEquals(1, packing.pack(keys(1)).size());
    assertEquals(List.of(), packing.pack(List.of()));
  }

  @Test
  void rowsOfOnePartitionAreFewRequestsHoweverManyTheyAre() {
    List<Statement<?>> packed = packing.pack(messages(200, 256));
    assertTrue(packed.size() <= 3, packed::toString);
    assertEquals(200, execute(packed));
  }

  @Test
  void largeRowsGoAloneAndMixedOnesAllArrive() {
    List<Packing.Write> writes = new ArrayList<>(messages(3, 64 * 1024));
    assertEquals(3, packing.pack(writes).size());
    writes.addAll(messages(5, 10));
    writes.addAll(keys(15));
    writes.addAll(messages(1, 8 * 1024));
    assertEquals(24, execute(packing.pack(writes)));
  }
}
