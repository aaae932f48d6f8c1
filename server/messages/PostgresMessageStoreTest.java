package server.messages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static server.messages.Appended.Refused.NOT_A_MEMBER;
import static server.messages.StoreHarness.range;
import static server.messages.StoreHarness.seqs;

import fixtures.urls.PostgresUrl;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.postgresql.ds.PGSimpleDataSource;
import server.messages.Appended.Stored;
import server.testing.Await;
import server.testing.TestApi.User;
import server.testing.TestConversations;
import server.testing.TestEngines;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresMessageStoreTest extends MessageStoreContract {
  private static final Duration PATIENCE = Duration.ofSeconds(20); // a busy machine

  private PostgresHarness harness;

  @BeforeAll
  void start() {
    harness = new PostgresHarness();
  }

  @AfterAll
  void stop() {
    harness.close();
  }

  @Override
  public TestConversations people() {
    return harness.people();
  }

  @Override
  public MessageStore store() {
    return harness.store();
  }

  @Override
  public MessageStore otherNode() {
    return harness.otherNode();
  }

  /// A transaction that a test drives step by step.
  private final class Rival implements AutoCloseable {
    final Connection connection = people().engines().dataSource().getConnection();
    final DSLContext sql = DSL.using(connection, SQLDialect.POSTGRES);

    Rival() throws SQLException {
      connection.setAutoCommit(false);
    }

    void lock(UUID conversation) {
      sql.execute("SELECT 1 FROM conversations WHERE conversation_id = ? FOR UPDATE", conversation);
    }

    @Override
    public void close() throws SQLException {
      connection.rollback();
      connection.setAutoCommit(true);
      connection.close();
    }
  }

  private void awaitWaiting(int appends) {
    String waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            + " AND wait_event_type = 'Lock' AND query LIKE '%append_%message%'";
    Await.until(
        appends + " appends wait for a lock",
        PATIENCE,
        () -> people().dsl().fetchValue(waiting).equals((long) appends));
  }

  /// On a thread of its own: the common pool may have a single one, and these wait for each other.
  private static <T> CompletableFuture<T> inBackground(Supplier<T> append) {
    return CompletableFuture.supplyAsync(append, Thread::startVirtualThread);
  }

  private static <T> T answer(CompletableFuture<T> append) throws Exception {
    return append.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void aMemberRemovedWhileItsAppendWaitsForTheLockGetsNothingIn() throws Exception {
    User ann = user();
    User ben = user();
    UUID group = group(ann, ben);
    CompletableFuture<List<Appended>> append;
    try (var removal = new Rival()) {
      removal.lock(group);
      append =
          inBackground(
              () -> store().append(List.of(draft(ben, group, "late"), draft(ann, group, "stays"))));
      awaitWaiting(1);
      removal.sql.execute(
          "UPDATE members SET left_seq = 0 WHERE conversation_id = ? AND user_id = ?",
          group,
          ben.userId());
      removal.connection.commit();
    }
    List<Appended> answers = answer(append);
    assertEquals(NOT_A_MEMBER, answers.getFirst());
    assertEquals(1, ((Stored) answers.getLast()).seq());
    assertEquals(List.of("stays"), texts(group));
  }

  @Test
  void aRetryThatWaitsBehindItsFirstAttemptGetsTheSameAnswer() throws Exception {
    User ann = user();
    UUID group = group(ann);
    UUID id = UUID.randomUUID();
    CompletableFuture<List<Appended>> first;
    CompletableFuture<List<Appended>> retry;
    try (var holder = new Rival()) {
      holder.lock(group);
      first = inBackground(() -> store().append(List.of(draft(ann, group, id, "first"))));
      awaitWaiting(1);
      retry = inBackground(() -> otherNode().append(List.of(draft(ann, group, id, "retry"))));
      awaitWaiting(2);
    }
    Stored one = (Stored) answer(first).getFirst();
    Stored other = (Stored) answer(retry).getFirst();
    assertEquals(1, one.seq());
    assertEquals(1, other.seq());
    assertEquals(one.sentAt(), other.sentAt());
    assertTrue(one.repeated() != other.repeated(), one + " " + other);
    assertEquals(List.of(one.repeated() ? "retry" : "first"), texts(group));
    assertEquals(2, stored(draft(ann, group, "next")).seq());
  }

  @Test
  void aDeadlockEndsInAnAnswer() throws Exception {
    User ann = user();
    UUID one = group(ann);
    UUID other = group(ann);
    boolean ordered = one.toString().compareTo(other.toString()) < 0; // as PostgreSQL sorts them
    UUID low = ordered ? one : other;
    UUID high = ordered ? other : one;
    CompletableFuture<List<Appended>> append;
    try (var rival = new Rival()) {
      // Not the one that gives way: deadlocks are looked for by who has waited this long.
      rival.sql.execute("SET LOCAL deadlock_timeout = '1min'");
      rival.lock(high);
      append =
          inBackground(() -> store().append(List.of(draft(ann, low, "x"), draft(ann, high, "y"))));
      awaitWaiting(1); // holds the low one
      rival.lock(low); // succeeds only because the append's first attempt was ended
      assertFalse(append.isDone());
    }
    assertEquals(List.of(1L, 1L), StoreHarness.seqsOf(answer(append)));
    assertEquals(1, head(low));
    assertEquals(1, head(high));
  }

  @Test
  void dataThatPostgresRefusesIsNotTakenForAnOutageAndStoresNothing() {
    User ann = user();
    UUID group = group(ann);
    Draft poisoned =
        new Draft(
            group, ann.userId(), ann.deviceId(), UUID.randomUUID(), 0, "a\0b", new byte[] {1});
    assertThrows(
        DataAccessException.class,
        () -> store().append(List.of(draft(ann, group, "good"), poisoned)));
    assertEquals(List.of(), log(group));
    assertEquals(1, stored(draft(ann, group, "good")).seq());
  }

  @Test
  void anOutageIsToldAndWhatWasUnknownIsAnsweredByARetry() throws Exception {
    TestEngines engines = people().engines();
    User ann = user();
    UUID group = group(ann);
    fill(ann, group, 1);
    Draft draft = draft(ann, group, "unknown");
    try (var proxy = engines.postgresProxy()) {
      MessageStore store = unpooled(engines.postgresBy(proxy));
      assertEquals(range(1, 1), seqs(store.readForward(group, 0, 9, 9)));
      CompletableFuture<List<Appended>> append;
      try (var holder = new Rival()) {
        holder.lock(group);
        append = inBackground(() -> store.append(List.of(draft)));
        awaitWaiting(1);
        proxy.cut(); // the statement is under way: nobody will hear its answer
        assertEquals(
            StoreUnavailable.class,
            assertThrows(Exception.class, () -> answer(append)).getCause().getClass());
      }
      assertThrows(StoreUnavailable.class, () -> store.append(List.of(draft)));
      assertThrows(StoreUnavailable.class, () -> store.readForward(group, 0, 9, 9));
      assertThrows(StoreUnavailable.class, () -> store.readBackward(group, 9, 9));
      assertThrows(StoreUnavailable.class, () -> store.heads(List.of(group)));
      assertThrows(StoreUnavailable.class, () -> store.receipts(group, null, 0, 9));
      var acknowledgement = new Acknowledgement(group, ann.userId(), ann.deviceId(), 1, 0);
      assertThrows(StoreUnavailable.class, () -> store.acknowledge(List.of(acknowledgement)));
      proxy.mend();
      assertEquals(2, ((Stored) store.append(List.of(draft)).getFirst()).seq());
    }
    assertEquals(List.of("1", "unknown"), texts(group));
  }

  /// Plans are made while the tables are small, and kept: one that reads a table whole would make
  /// every append slower than the one before.
  @Test
  void anAppendDoesNotReadTheTableWhole() {
    String counted = "SELECT %s FROM pg_stat_user_tables WHERE relname = 'messages'";
    try (var fresh = new PostgresHarness()) { // where nobody else reads
      User ann = fresh.user();
      UUID group = fresh.group(ann);
      fresh.fill(ann, group, 20);
      DSLContext sql = fresh.people().dsl();
      sql.execute("ANALYZE"); // now PostgreSQL knows that reading it whole is best
      for (int i = 0; i < 20; i++) { // it keeps a plan from the sixth call on
        fresh.fill(ann, group, 20);
      }
      Await.until(
          "the statistics know of it",
          PATIENCE,
          () -> sql.fetchValue(counted.formatted("n_tup_ins")).equals(420L));
      assertEquals(0L, sql.fetchValue(counted.formatted("seq_tup_read")));
    }
  }

  /// A store that connects for each call, so that an outage's end is seen at once.
  private static MessageStore unpooled(PostgresUrl url) {
    var source = new PGSimpleDataSource();
    source.setUrl(url.jdbcUrl());
    source.setUser(url.user());
    source.setPassword(url.password());
    return new PostgresMessageStore(source, DSL.using(source, SQLDialect.POSTGRES));
  }
}
