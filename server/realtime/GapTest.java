package server.realtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import server.testing.Await;
import server.testing.TestEngines;
import server.testing.TestNode;
import server.testing.TestNode.Device;
import server.testing.TestProxy;
import server.testing.TestSocket;

/// Redis loses messages, or is gone, for one node or for all: they arrive all the same, and soon.
final class GapTest {
  private static final long PROMISED_MILLIS = 1_000; // Redis up
  private static final long PROMISED_AWAY_MILLIS = 5_000; // Redis gone
  private static final int ROUNDS = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private static TestEngines engines;
  private static TestProxy northRedis;
  private static TestProxy southRedis;
  private static TestNode north;
  private static TestNode south;

  private Device ann; // on the north
  private Device bob; // on the south
  private UUID conversation;
  private TestSocket a;
  private TestSocket b;

  @BeforeAll
  static void start() {
    engines = TestEngines.fresh();
    northRedis = engines.redisProxy();
    southRedis = engines.redisProxy();
    north = TestNode.on(engines.postgres(), engines.redisBy(northRedis));
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
    bob = south.newUser();
    conversation = north.conversation(ann, false, bob);
    a = north.openAndResume(ann);
    b = south.openAndResume(bob);
    a.say(conversation, "1");
    b.expect(conversation, 1, 1);
  }

  @AfterEach
  void part() {
    northRedis.mend();
    southRedis.mend();
    awaitTyping(a, b);
    awaitTyping(b, a);
    for (TestNode node : List.of(north, south)) {
      Await.until("people can log in again", PATIENCE, () -> canLogIn(node));
    }
    a.close();
    b.close();
  }

  /// Typing goes through Redis alone, so it tells when the nodes hear each other.
  private void awaitTyping(TestSocket from, TestSocket to) {
    Await.until(
        "the nodes hear each other",
        PATIENCE,
        () -> {
          from.send("typing", "conversation_id", conversation, "active", true);
          return to.poll(f -> TestSocket.isType(f, "typing"), 100) != null;
        });
  }

  private static boolean canLogIn(TestNode node) {
    var asked = Map.of("phone_number", "+66812345678");
    int status = node.call("POST", "/auth/request-otp", null, asked).status();
    return status == 202 || status == 429; // asked too often, but Redis counts
  }

  @Test
  void withRedisUpALossIsFoundWithinASecondWithoutAWordFromTheClient() {
    List<Long> millis = new ArrayList<>();
    for (int round = 2; round < 2 + ROUNDS; round++) {
      southRedis.cut(); // what north tells now is lost for south
      long start = System.nanoTime();
      a.say(conversation, "lost " + round);
      southRedis.mend();
      b.expect(conversation, round, round);
      millis.add((System.nanoTime() - start) / 1_000_000);
      awaitTyping(a, b);
    }
    // All came. One in four may be late: the machine may have other things to do.
    long late = millis.stream().filter(m -> m > PROMISED_MILLIS).count();
    assertTrue(late <= ROUNDS / 4, "found after " + millis + " ms");
  }

  @Test
  void withRedisGoneForOneNodeMessagesArriveBothWaysWithinFiveSeconds() {
    southRedis.cut();
    assertArrives(a, b, 2);
    assertArrives(b, a, 3);
    assertArrives(a, b, 4);
  }

  @Test
  void withRedisStandingStillForOneNodeMessagesArriveBothWaysWithinFiveSeconds() {
    southRedis.stall();
    assertArrives(a, b, 2);
    assertArrives(b, a, 3);
  }

  @Test
  void withRedisGoneForAllSendingWorksAndWhoComesNowIsServedToo() {
    southRedis.cut();
    northRedis.cut();
    assertArrives(a, b, 2);
    assertArrives(b, a, 3);
    b.cut();
    a.say(conversation, "while bob is away");
    try (TestSocket again = south.open(bob)) {
      again.send("resume");
      again.expect(conversation, 1, 4);
      again.next("caught_up");
      assertArrives(a, again, 5);
    }
    b = south.openAndResume(bob);
  }

  @Test
  void aConversationThatCameWhileRedisWasGoneIsHeardOfWhenItIsBack() {
    Device cora = south.newUser();
    UUID group = north.conversation(ann, true, cora);
    southRedis.cut();
    try (TestSocket c = south.openAndResume(cora)) {
      southRedis.mend();
      awaitTyping(a, b);
      Await.until(
          "its channel is subscribed",
          PATIENCE,
          () -> {
            a.send("typing", "conversation_id", group, "active", true);
            return c.poll(f -> TestSocket.isType(f, "typing"), 100) != null;
          });
    }
  }

  @Test
  void nodesThatStartWithoutRedisServeTooAndMeetWhenItComes() {
    TestProxy proxy = engines.redisProxy();
    proxy.cut();
    try (TestNode west = TestNode.on(engines.postgres(), engines.redisBy(proxy))) {
      b.cut();
      try (TestSocket there = west.open(bob)) {
        there.send("resume");
        there.expect(conversation, 1, 1);
        there.next("caught_up");
        assertArrives(a, there, 2);
        assertArrives(there, a, 3);
        proxy.mend();
        awaitTyping(a, there);
        awaitTyping(there, a);
      }
    }
    b = south.openAndResume(bob);
  }

  private void assertArrives(TestSocket from, TestSocket to, long seq) {
    long start = System.nanoTime();
    assertEquals(seq, from.say(conversation, "message").path("seq").asLong());
    long sent = (System.nanoTime() - start) / 1_000_000;
    assertTrue(sent < PROMISED_MILLIS, "sending took " + sent + " ms without Redis");
    to.expect(conversation, seq, seq);
    long arrived = (System.nanoTime() - start) / 1_000_000;
    assertTrue(arrived < PROMISED_AWAY_MILLIS, "it came after " + arrived + " ms");
  }
}
