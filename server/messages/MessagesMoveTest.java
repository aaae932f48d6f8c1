package server.messages;

import static migrate.generated.Tables.CONVERSATIONS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import fixtures.urls.CqlUrl;
import fixtures.urls.UserError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import migrate.move.MoveProgress;
import migrate.move.Seal;
import migrate.move.Subject;
import migrate.move.messages.MessagesMove;
import migrate.move.messages.Place;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import server.following.Following;
import server.messages.Appended.Stored;
import server.messages.MoveWriters.Told;
import server.messages.cql.CqlMessageStore;
import server.testing.Await;
import server.testing.TestApi.User;
import server.testing.TestConversations;
import server.testing.TestCql;
import server.testing.TestEngines;

class MessagesMoveTest {
  private static final int GROUPS = 24;
  private static final Seal SEAL = Seal.of(Seal.DEVELOPMENT_SECRET);

  private static final MoveProgress TOLD =
      new MoveProgress() {
        @Override
        public void say(String line) {
          System.err.println(System.nanoTime() / 1_000_000 % 1_000_000 + " " + line);
        }
      };

  private static CqlUrl keyspace;
  private static TestConversations people;
  private static MovableMessageStore first;
  private static MovableMessageStore second;
  private static HikariDataSource otherPool;
  private static final List<Following> FOLLOWING = new ArrayList<>();

  @BeforeAll
  static void start() {
    keyspace = TestCql.newKeyspace();
    people =
        new TestConversations(engines -> {
          first = movable(engines.dataSource());
          return new TestConversations.Messages(
              first,
              (transaction, id) ->
                  first.lastSeq(
                      transaction,
                      id,
                      tx -> server.conversations.ChangePoint.POSTGRES.lastSeq(tx, id)));
        });
    otherPool = TestEngines.pool(people.engines().postgres());
    second = movable(otherPool);
    for (MovableMessageStore node : List.of(first, second)) {
      var following = new Following(people.engines().postgres(), "node", SEAL);
      following.on(Subject.MESSAGES, new MessageMoves(node));
      following.start();
      FOLLOWING.add(following);
    }
  }

  private static MovableMessageStore movable(HikariDataSource pool) {
    DSLContext dsl = DSL.using(pool, SQLDialect.POSTGRES);
    return new MovableMessageStore(
        new PostgresMessageStore(pool, dsl), dsl, null, url -> CqlMessageStore.open(url, dsl));
  }

  @AfterAll
  static void end() {
    FOLLOWING.forEach(Following::close);
    second.close();
    people.close();
    otherPool.close();
  }

  /// A test that failed leaves nothing for the next one.
  @AfterEach
  void everythingIsInPostgresAgain() {
    try (var move = move(Place.CQL, 100)) {
      switch (String.valueOf(move.status().get("phase"))) {
        case "null", "rolled-back", "aborted", "finished" -> {}
        case "cut", "observing", "fenced-back" -> move.rollback();
        default -> move.abort();
      }
    }
  }

  private static MessagesMove move(Place to, int share) {
    return new MessagesMove(
        people.engines().postgres(),
        keyspace,
        new ServerMessageSides(),
        SEAL,
        new MessagesMove.Options(to, share, 0, false, Duration.ofMillis(300)),
        TOLD);
  }

  private static List<UUID> groups(User admin) {
    List<UUID> groups = new ArrayList<>();
    for (int i = 0; i < GROUPS; i++) {
      groups.add(UUID.fromString(people.group(admin)));
    }
    return groups;
  }

  /// All that was told is there, once, in its place, by both nodes; a retry gets the same answer.
  private static void assertAllThere(
      List<UUID> groups, User sender, List<Told> told, Map<UUID, Long> read) {
    Map<UUID, Map<Long, Told>> bySeq = new ConcurrentHashMap<>();
    for (Told one : told) {
      UUID group = one.draft().conversationId();
      var before =
          bySeq.computeIfAbsent(group, _ -> new ConcurrentHashMap<>()).put(one.answer().seq(), one);
      assertEquals(null, before, "two messages were told the same seq");
    }
    for (UUID group : groups) {
      Map<Long, Told> expected = bySeq.getOrDefault(group, Map.of());
      for (MovableMessageStore node : List.of(first, second)) {
        List<Message> log = node.readForward(group, 0, Long.MAX_VALUE, Integer.MAX_VALUE);
        assertEquals(expected.size(), log.size());
        for (int i = 0; i < log.size(); i++) {
          Message message = log.get(i);
          Told one = expected.get(message.seq());
          assertEquals(i + 1L, message.seq());
          assertEquals(one.draft().clientMessageId(), message.clientMessageId());
          assertEquals(one.answer().sentAt(), message.sentAt());
          assertTrue(java.util.Arrays.equals(one.draft().content(), message.content()));
        }
        assertEquals(log.size(), node.heads(List.of(group)).get(group));
        List<Cursor> cursors = node.cursorsOfUser(sender.userId(), List.of(group));
        assertEquals(read.get(group), cursors.getFirst().readSeq());
      }
    }
    for (int i = 0; i < told.size(); i += 7) {
      Told one = told.get(i);
      Stored again = (Stored) second.append(List.of(one.draft())).getFirst();
      assertTrue(again.repeated());
      assertEquals(one.answer().seq(), again.seq());
      assertEquals(one.answer().sentAt(), again.sentAt());
    }
  }

  private static Map<Place, Long> places() {
    return new migrate.move.messages.Places(people.dsl()).count();
  }

  @Test
  void goesToCqlAndBackWhilePeopleWriteAndNobodyNotices() {
    User admin = people.api().user();
    List<UUID> groups = groups(admin);
    List<Told> told = new ArrayList<>();
    Map<UUID, Long> read = new ConcurrentHashMap<>();
    try (var writers = new MoveWriters(List.of(first, second), groups, admin)) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
      try (var move = move(Place.CQL, 50)) {
        move.start();
        assertEquals("cut", move.status().get("phase"));
      }
      assertEquals(
          Math.ceilDiv(people.dsl().fetchCount(CONVERSATIONS), 2), places().get(Place.CQL));
      try (var move = move(Place.CQL, 100)) {
        move.resume();
        assertEquals("observing", move.status().get("phase"));
        System.err.println(move.status());
        assertTrue(("" + move.events()).contains("verified, detail=compared"), "for its report");
        assertFalse(move.samples().isEmpty(), "for its report");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
      writers.stop();
      told.addAll(writers.told);
      writers.read.forEach((group, seq) -> read.merge(group, seq, Math::max));
      assertEquals(List.of(), writers.failures);
    }
    assertEquals(0, places().get(Place.POSTGRES));
    assertEquals(Place.CQL, first.home());
    assertFalse(first.isMoving());
    assertAllThere(groups, admin, told, read);

    UUID fresh = UUID.fromString(people.group(admin));
    assertEquals(0, places().get(Place.POSTGRES), "a new conversation begins in the new store");

    try (var writers = new MoveWriters(List.of(first, second), groups, admin)) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
      try (var move = move(Place.CQL, 100)) {
        move.rollback();
        assertEquals("rolled-back", move.status().get("phase"));
        System.err.println(move.status());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
      writers.stop();
      told.addAll(writers.told);
      writers.read.forEach((group, seq) -> read.merge(group, seq, Math::max));
      assertEquals(List.of(), writers.failures);
    }
    assertEquals(0, places().get(Place.CQL));
    assertEquals(Place.POSTGRES, second.home());
    assertAllThere(groups, admin, told, read);
    assertEquals(0, first.heads(List.of(fresh)).get(fresh));
  }

  @Test
  void aMoveThatIsFinishedIsFollowedByOneToPostgresThatIsFinishedToo() {
    User admin = people.api().user();
    List<UUID> groups = groups(admin);
    try (var writers = new MoveWriters(List.of(first, second), groups, admin)) {
      for (Place to : List.of(Place.CQL, Place.POSTGRES)) {
        try (var move = move(to, 100)) {
          move.start();
          assertEquals("observing", move.status().get("phase"));
          move.finish();
          assertEquals("finished", move.status().get("phase"));
          assertThrows(UserError.class, move::rollback);
        }
        assertEquals(0, places().get(to.other()));
        assertEquals(to, second.home());
      }
      writers.stop();
      assertEquals(List.of(), writers.failures);
      assertAllThere(groups, admin, writers.told, writers.read);
    }
  }

  /// Moves one group's few messages to CQL.
  private static UUID moved(User admin, int messages) {
    UUID group = UUID.fromString(people.group(admin));
    people.send(admin, group.toString(), messages, 100);
    first.acknowledge(
        List.of(new Acknowledgement(group, admin.userId(), admin.deviceId(), messages, 5)));
    try (var move = move(Place.CQL, 100)) {
      move.start();
    }
    return group;
  }

  private static void back() {
    try (var move = move(Place.CQL, 100)) {
      move.rollback();
    }
  }

  @Test
  void theComparisonFindsPlantedFaultsAndMendsThem() {
    User admin = people.api().user();
    UUID group = moved(admin, 2_500);
    try (var move = move(Place.CQL, 100);
        var session = migrate.schema.CqlSessions.open(keyspace)) {
      assertTrue(move.verify(false), "nothing is wrong yet");
      for (var fault : MoveFaults.of(keyspace, first.readForward(group, 0, 50, 50)).entrySet()) {
        fault.getValue().forEach(session::execute);
        assertFalse(move.verify(false), fault.getKey());
        assertTrue(move.verify(true), "mended: " + fault.getKey());
        assertTrue(move.verify(false), "after mending: " + fault.getKey());
      }
      people.dsl().execute("UPDATE cursors SET read_seq = 2000 WHERE conversation_id = ?", group);
      assertFalse(move.verify(false), "a cursor that came late");
      assertTrue(move.verify(true));
    }
    back();
    assertEquals(2_500, first.readForward(group, 0, Long.MAX_VALUE, 5_000).size());
  }

  @Test
  void aLiveReadThatTheNewStoreWouldAnswerOtherwiseIsCountedBeforeTheCutOver() {
    User admin = people.api().user();
    UUID group = moved(admin, 30);
    back(); // the copy stays
    Duration patience = Duration.ofSeconds(10);
    try (var session = migrate.schema.CqlSessions.open(keyspace)) {
      first.moving(Place.CQL, keyspace);
      assertEquals(30, first.readForward(group, 0, Long.MAX_VALUE, 100).size());
      Await.until(
          "alike",
          patience,
          () ->
              first
                  .shadowed()
                  .equals("1 live reads made twice, with 30 messages, of which 0 differ"));
      for (String fault :
          List.of("UPDATE %s.messages SET content = 0x01", "DELETE FROM %s.messages")) {
        session.execute(
            fault.formatted(keyspace.keyspace())
                + " WHERE conversation_id = "
                + group
                + " AND bucket = 0 AND seq = 7");
        assertEquals(30, first.readForward(group, 0, Long.MAX_VALUE, 100).size());
      }
      Await.until("found", patience, () -> first.shadowed().endsWith("of which 2 differ"));
    } finally {
      first.settled(Place.POSTGRES, keyspace);
    }
    try (var move = move(Place.CQL, 100)) {
      assertTrue(move.verify(true), "mended for whoever moves next");
    }
  }

  @Test
  void whateverAMoverIsBrokenOffAtTheNextOneGoesOn() {
    User admin = people.api().user();
    List<UUID> groups = groups(admin);
    List<Told> told = new ArrayList<>();
    Map<UUID, Long> read = new ConcurrentHashMap<>();
    for (String place :
        List.of(
            "copying",
            "slice-copied",
            "verified",
            "rows-held",
            "rows-settled",
            "rows-cut",
            "cut")) {
      try (var writers = new MoveWriters(List.of(first, second), groups, admin)) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
        failing(place, MessagesMove::start);
        try (var move = move(Place.CQL, 100)) {
          move.resume();
          assertEquals("observing", move.status().get("phase"), place);
        }
        failing(place.startsWith("rows") ? place : "rows-held", MessagesMove::rollback);
        try (var move = move(Place.CQL, 100)) {
          move.rollback();
          assertEquals("rolled-back", move.status().get("phase"), place);
        }
        writers.stop();
        told.addAll(writers.told);
        writers.read.forEach((group, seq) -> read.merge(group, seq, Math::max));
        assertEquals(List.of(), writers.failures, place);
      }
      assertAllThere(groups, admin, told, read);
    }
  }

  private static void failing(String place, java.util.function.Consumer<MessagesMove> work) {
    System.setProperty("MIGRATE_FAILPOINT", place + ":fail");
    migrate.move.FailPoint.forget();
    try (var move = move(Place.CQL, 100)) {
      assertThrows(IllegalStateException.class, () -> work.accept(move), place);
    } finally {
      System.clearProperty("MIGRATE_FAILPOINT");
    }
  }

  @Test
  void anAbortLeavesEverythingWhereItWas() {
    User admin = people.api().user();
    UUID group = UUID.fromString(people.group(admin));
    people.send(admin, group.toString(), 10, 100);
    failing("verified", MessagesMove::start);
    try (var move = move(Place.CQL, 100)) {
      move.abort();
      assertEquals("aborted", move.status().get("phase"));
    }
    assertEquals(0, places().get(Place.CQL));
    assertEquals(11, ((Stored) people.send(admin, group.toString(), 1).getFirst()).seq());
  }
}
