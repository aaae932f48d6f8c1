package server.realtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import server.testing.TestEngines;
import server.testing.TestNode;
import server.testing.TestNode.Device;
import server.testing.TestProxy;
import server.testing.TestSocket;
import tools.jackson.databind.JsonNode;

/// Members who come and go while their sockets are open, on the node of the change and on another,
/// with notices that come and notices that get lost.
final class MembershipRealtimeTest {
  private static final long QUIET_MILLIS = 400; // long enough for a frame that should not come

  private static TestEngines engines;
  private static TestProxy southRedis;
  private static TestNode north;
  private static TestNode south;

  private Device ann; // makes the changes, on the north
  private Device bob; // comes and goes, on the south
  private UUID group;

  @BeforeAll
  static void start() {
    engines = TestEngines.fresh();
    southRedis = engines.redisProxy();
    north = TestNode.on(engines);
    south = TestNode.on(engines.postgres(), engines.redisBy(southRedis));
  }

  @AfterAll
  static void stop() {
    south.close();
    north.close();
    engines.close();
  }

  @BeforeEach
  void meet() {
    ann = north.newUser();
    bob = north.newUser();
    group = north.conversation(ann, true);
  }

  private void add(TestNode on) {
    var member = Map.of("user_id", bob.userId());
    var answer = on.call("POST", "/conversations/" + group + "/members", ann, member);
    assertEquals(201, answer.status());
  }

  private void remove(TestNode on) {
    String path = "/conversations/" + group + "/members/" + bob.userId();
    assertEquals(204, on.call("DELETE", path, ann, null).status());
  }

  private static JsonNode nextChange(TestSocket socket, String change) {
    return socket.next(f -> f.path("change").asString("").equals(change));
  }

  @Test
  void whoIsAddedOnAnotherNodeGetsItsMessagesAtOnce() {
    try (TestSocket a = north.openAndResume(ann);
        TestSocket b = south.openAndResume(bob)) {
      a.sayMany(group, 3); // before its time
      add(north);
      JsonNode added = nextChange(b, "member_added");
      assertEquals(group.toString(), added.path("conversation_id").asString());
      assertEquals(bob.userId().toString(), added.path("user_id").asString());
      a.say(group, "welcome");
      b.expect(group, 4, 4);
      assertEquals(5, b.say(group, "thanks").path("seq").asLong());
      a.expect(group, 5, 5);
      assertTrue(b.messagesAfterPing().isEmpty());
    }
  }

  @Test
  void theFirstMessageOfANewConversationReachesWhoIsConnected() {
    try (TestSocket a = north.openAndResume(ann);
        TestSocket b = south.openAndResume(bob)) {
      UUID direct = north.conversation(ann, false, bob);
      a.say(direct, "hello");
      b.expect(direct, 1, 1);
      assertEquals(direct.toString(), nextChange(b, "created").path("conversation_id").asString());
    }
  }

  @Test
  void theNameOfAConversationIsToldToItsMembers() {
    add(north);
    try (TestSocket b = south.openAndResume(bob)) {
      var name = Map.of("name", "ไทย", "metadata", Map.of("colour", "red", "n", 1.5));
      assertEquals(200, north.call("PATCH", "/conversations/" + group, ann, name).status());
      JsonNode updated = nextChange(b, "updated");
      assertEquals("ไทย", updated.path("name").asString());
      assertEquals("red", updated.path("metadata").path("colour").asString());
      assertEquals(1.5, updated.path("metadata").path("n").asDouble());
      assertTrue(updated.path("user_id").isMissingNode());
    }
  }

  @Test
  void whoIsAddedGetsItsMessagesAlsoWhenTheNoticeIsLost() {
    try (TestSocket a = north.openAndResume(ann);
        TestSocket b = south.openAndResume(bob)) {
      southRedis.cut();
      add(north);
      southRedis.mend();
      long start = System.nanoTime();
      a.say(group, "welcome");
      b.expect(group, 1, 1);
      long millis = (System.nanoTime() - start) / 1_000_000;
      assertTrue(millis < 3_000, "it took " + millis + " ms"); // a second, and a busy machine's
    }
  }

  @Test
  void whoIsRemovedGetsNothingMoreAlsoWhenTheNoticeIsLost() {
    add(north);
    for (boolean lost : new boolean[] {false, true}) {
      try (TestSocket a = north.openAndResume(ann);
          TestSocket b = south.openAndResume(bob)) {
        long before = a.say(group, "before").path("seq").asLong();
        b.expect(group, before, before);
        if (lost) {
          southRedis.cut();
        }
        remove(north);
        a.say(group, "after");
        southRedis.mend();
        a.say(group, "and after that");
        assertNull(b.poll(f -> TestSocket.isType(f, "message"), 3 * QUIET_MILLIS));
        UUID id = UUID.randomUUID();
        b.sayLater(group, id, "I am still here");
        assertEquals("FORBIDDEN", b.next("error").path("error_code").asString());
        b.send("typing", "conversation_id", group, "active", true);
        assertEquals("FORBIDDEN", b.next("error").path("error_code").asString());
        a.send("typing", "conversation_id", group, "active", true);
        assertNull(b.poll(f -> TestSocket.isType(f, "typing"), QUIET_MILLIS));
        add(north);
      }
    }
  }

  @Test
  void whoIsRemovedHearsThatItWas() {
    add(north);
    try (TestSocket b = south.openAndResume(bob)) {
      remove(north);
      assertEquals(
          bob.userId().toString(), nextChange(b, "member_removed").path("user_id").asString());
    }
  }

  /// Random changes, messages and losses: a connected member gets exactly what was said while it
  /// was one, each once, in order.
  @Test
  void howeverOftenOneComesAndGoesOneGetsWhatWasSaidMeanwhile() {
    var random = new Random(5);
    List<Long> due = new ArrayList<>();
    int arrived = 0;
    boolean member = false;
    try (TestSocket a = north.openAndResume(ann);
        TestSocket b = south.openAndResume(bob)) {
      for (int round = 0; round < 60; round++) {
        TestNode on = random.nextBoolean() ? north : south;
        switch (random.nextInt(6)) {
          case 0, 1 -> {
            if (member) {
              remove(on);
            } else {
              // Delivery to a returning member starts anew: what it still lacks would be history.
              arrived = expect(b, due, arrived);
              add(on);
            }
            member = !member;
          }
          case 2 -> {
            southRedis.cut();
            southRedis.mend();
          }
          default -> {
            for (int i = random.nextInt(5); i >= 0; i--) {
              long seq = a.say(group, "round " + round).path("seq").asLong();
              if (member) {
                due.add(seq);
              }
            }
          }
        }
      }
      expect(b, due, arrived);
      assertNull(b.poll(f -> TestSocket.isType(f, "message"), 2 * QUIET_MILLIS));
    }
  }

  /// Waits for what is due behind the first `arrived` ones, and tells how many have arrived then.
  private int expect(TestSocket socket, List<Long> due, int arrived) {
    for (long seq : due.subList(arrived, due.size())) {
      assertEquals(seq, socket.nextIn(group).path("seq").asLong());
    }
    return due.size();
  }

  /// The same against sends that never pause: what is said in the very moment of a change belongs
  /// to one side of it, which the database decides.
  @Test
  void changesAmongSendsThatNeverPauseCutExactlyWhereTheDatabaseSays() {
    var stop = new AtomicBoolean();
    try (TestSocket a = north.openAndResume(ann);
        TestSocket b = south.openAndResume(bob)) {
      var talking =
          CompletableFuture.supplyAsync(() -> {
            long last = 0;
            while (!stop.get()) {
              last = a.say(group, "on and on").path("seq").asLong();
            }
            return last;
          });
      for (int i = 0; i < 8; i++) {
        add(i % 2 == 0 ? north : south);
        long start = row("start_seq");
        remove(i % 2 == 0 ? south : north);
        b.expect(group, start + 1, row("left_seq"));
      }
      stop.set(true);
      talking.join();
      assertNull(b.poll(f -> TestSocket.isType(f, "message"), 2 * QUIET_MILLIS));
    }
  }

  private long row(String column) {
    return engines
        .dsl()
        .fetchSingle(
            "SELECT " + column + " FROM members WHERE conversation_id = ? AND user_id = ?",
            group,
            bob.userId())
        .get(0, Long.class);
  }
}
