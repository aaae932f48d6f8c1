package server.realtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import server.testing.Await;
import server.testing.TestNode;
import server.testing.TestNode.Device;
import server.testing.TestSocket;
import server.testing.TwoNodes;
import tools.jackson.databind.JsonNode;

/// What a device gets when it comes back: all that it lacks, in order, and nothing twice that it
/// acknowledged. Senders are on another node than the reader.
final class ResumeTest {
  private static final int WINDOW = 4096;
  private static final long QUIET_MILLIS = 300; // long enough for a frame that should not come

  @RegisterExtension static final TwoNodes nodes = new TwoNodes();

  private final TestNode north = nodes.north();
  private final TestNode south = nodes.south();

  private Device ann;
  private Device bob;
  private UUID conversation;

  @BeforeEach
  void meet() {
    ann = north.newUser();
    bob = south.newUser();
    conversation = north.conversation(ann, true, bob);
  }

  private void bobSays(int times) {
    try (TestSocket socket = south.open(bob)) {
      socket.sayMany(conversation, times);
    }
  }

  private TestSocket resumed(Object... cursors) {
    TestSocket socket = north.open(ann);
    socket.send("resume", cursors);
    return socket;
  }

  private static JsonNode caughtUp(TestSocket socket) {
    return socket.next("caught_up").path("cursors");
  }

  @Test
  void nothingIsPushedBeforeTheResumeAndSendingWorksAtOnce() {
    try (TestSocket a = north.open(ann);
        TestSocket b = south.openAndResume(bob)) {
      b.sayMany(conversation, 3);
      assertEquals(4, a.say(conversation, "first").path("seq").asLong());
      b.expect(conversation, 4, 4);
      assertEquals(List.of(), a.messagesAfterPing());
      a.send("resume", "id", 9);
      a.expect(conversation, 1, 4); // a backlog has the device's own
      assertEquals(9, a.next("caught_up").path("id").asLong());
    }
  }

  @Test
  void aBacklogOfManyPagesComesInOrderThenCaughtUpThenWhatIsLive() {
    bobSays(1_050);
    try (TestSocket a = resumed();
        TestSocket b = south.openAndResume(bob)) {
      a.expect(conversation, 1, 1_050);
      assertEquals(1_050, caughtUp(a).path(conversation.toString()).asLong());
      b.say(conversation, "live");
      a.expect(conversation, 1_051, 1_051);
      assertEquals(List.of(), a.messagesAfterPing());
    }
  }

  @Test
  void ofABacklogLargerThanTheWindowNoMoreThanTheWindowIsOutstanding() {
    UUID quiet = north.conversation(ann, true, bob);
    bobSays(WINDOW + 1_000);
    try (TestSocket a = resumed();
        TestSocket b = south.open(bob)) {
      a.expect(conversation, 1, WINDOW);
      b.say(quiet, "live, while the backlog waits");
      assertNull(a.poll(f -> TestSocket.isType(f, "message"), QUIET_MILLIS));
      a.acknowledge(conversation, 400);
      a.expect(conversation, WINDOW + 1, WINDOW + 400);
      assertNull(a.poll(f -> !TestSocket.isType(f, "presence"), QUIET_MILLIS));
      a.acknowledge(conversation, WINDOW);
      a.expect(conversation, WINDOW + 401, WINDOW + 1_000);
      JsonNode next = a.next(f -> !TestSocket.isType(f, "presence"));
      assertEquals(WINDOW + 1_000, next.path("cursors").path(conversation.toString()).asLong());
      a.expect(quiet, 1, 1);
    }
  }

  @Test
  void acknowledgingByTheRouteOfAnotherNodeMakesRoomInTheWindowToo() {
    bobSays(WINDOW + 10);
    try (TestSocket a = resumed()) {
      a.expect(conversation, 1, WINDOW);
      var answer =
          south.call(
              "POST",
              "/conversations/" + conversation + "/receipts",
              ann,
              Map.of("delivered_seq", WINDOW));
      assertEquals(204, answer.status());
      a.expect(conversation, WINDOW + 1, WINDOW + 10);
    }
  }

  @Test
  void whatWasAcknowledgedDoesNotComeAgainAndTheRestDoes() {
    bobSays(20);
    try (TestSocket a = resumed()) {
      a.expect(conversation, 1, 20);
      a.acknowledge(conversation, 12);
    }
    awaitDelivered(12);
    try (TestSocket a = resumed()) {
      a.expect(conversation, 13, 20);
      assertEquals(20, caughtUp(a).path(conversation.toString()).asLong());
      assertEquals(List.of(), a.messagesAfterPing());
    }
  }

  @Test
  void aCursorAboveTheServersAcknowledgesAndALowerOneSendsAgainAndMovesNothingBack() {
    bobSays(20);
    try (TestSocket a = resumed("cursors", Map.of(conversation, 15))) {
      a.expect(conversation, 16, 20);
      caughtUp(a);
    }
    awaitDelivered(15);
    try (TestSocket a = resumed("cursors", Map.of(conversation, 4))) {
      a.expect(conversation, 5, 20);
      assertEquals(20, caughtUp(a).path(conversation.toString()).asLong());
      a.acknowledge(conversation, 8); // as a client does that reads the old ones again
      assertTrue(a.messagesAfterPing().isEmpty());
    }
    assertEquals(15, delivered());
    try (TestSocket a = resumed("cursors", Map.of(conversation, 1_000_000))) {
      assertEquals(20, caughtUp(a).path(conversation.toString()).asLong());
      assertTrue(a.messagesAfterPing().isEmpty());
    }
    awaitDelivered(20);
  }

  @Test
  void cursorsOfOthersConversationsTellAndChangeNothing() {
    UUID others = south.conversation(bob, true);
    try (TestSocket b = south.open(bob);
        TestSocket a = resumed("cursors", Map.of(others, 0, UUID.randomUUID(), 7))) {
      caughtUp(a);
      b.say(others, "secret");
      assertTrue(a.messagesAfterPing().isEmpty());
    }
  }

  @Test
  void resumingAgainOnTheSameSocketSendsAgainWhatWasNotAcknowledged() {
    bobSays(30);
    try (TestSocket a = resumed();
        TestSocket b = south.openAndResume(bob)) {
      a.expect(conversation, 1, 30);
      caughtUp(a);
      a.send("resume", "cursors", Map.of(conversation, 25), "id", 2);
      a.expect(conversation, 26, 30);
      assertEquals(2, a.next("caught_up").path("id").asLong());
      b.say(conversation, "live");
      a.expect(conversation, 31, 31);
      assertTrue(a.messagesAfterPing().isEmpty());
    }
  }

  @Test
  void whatArrivesDuringTheBacklogComesBehindIt() {
    bobSays(3_000);
    UUID quiet = north.conversation(ann, true, bob);
    try (TestSocket b = south.open(bob);
        TestSocket a = north.open(ann)) {
      var talking =
          CompletableFuture.runAsync(() -> {
            b.sayMany(conversation, 500);
            b.say(quiet, "in between");
          });
      a.send("resume");
      List<Long> seqs = new ArrayList<>();
      long cursor = 0;
      while (seqs.size() < 3_500) {
        JsonNode frame = a.next(f -> isMessageIn(f, conversation) || isType(f, "caught_up"));
        if (isType(frame, "caught_up")) {
          cursor = frame.path("cursors").path(conversation.toString()).asLong();
          assertEquals(cursor, seqs.size(), "caught_up is not at the end of the backlog");
        } else {
          seqs.add(frame.path("seq").asLong());
        }
      }
      for (int i = 0; i < 3_500; i++) {
        assertEquals(i + 1, seqs.get(i));
      }
      assertTrue(cursor >= 3_000, "caught_up at " + cursor);
      talking.join();
      a.expect(quiet, 1, 1);
    }
  }

  private static boolean isType(JsonNode frame, String type) {
    return TestSocket.isType(frame, type);
  }

  private static boolean isMessageIn(JsonNode frame, UUID conversation) {
    return isType(frame, "message")
        && frame.path("conversation_id").asString().equals(conversation.toString());
  }

  @Test
  void ownMessagesStandInTheBacklogAndNotAmongTheLiveOnes() {
    Device laptop = north.anotherDevice(ann);
    try (TestSocket a = north.openAndResume(ann);
        TestSocket l = south.openAndResume(laptop)) {
      a.say(conversation, "one");
      l.expect(conversation, 1, 1); // the sender's other device
      l.say(conversation, "two");
      a.expect(conversation, 2, 2);
      a.say(conversation, "three");
      assertEquals(List.of(), a.messagesAfterPing());
    }
    try (TestSocket a = resumed()) {
      a.expect(conversation, 1, 3); // its own never moved its cursor
    }
  }

  @Test
  void aRemovedMemberGetsWhatWasSaidBeforeItLeftAndNothingAfter() {
    bobSays(5);
    remove(ann);
    bobSays(3);
    try (TestSocket a = resumed();
        TestSocket b = south.openAndResume(bob)) {
      a.expect(conversation, 1, 5);
      assertEquals(5, caughtUp(a).path(conversation.toString()).asLong());
      b.say(conversation, "without ann");
      a.acknowledge(conversation, 5);
      assertTrue(a.messagesAfterPing().isEmpty());
    }
    awaitDelivered(5);
    try (TestSocket a = resumed("cursors", Map.of(conversation, 7))) {
      caughtUp(a);
      assertTrue(a.messagesAfterPing().isEmpty());
    }
  }

  @Test
  void aNewMemberAndAReturningOneGetOnlyWhatIsSaidFromThenOn() {
    Device cora = north.newUser();
    bobSays(5);
    add(cora);
    bobSays(2);
    try (TestSocket c = north.open(cora)) {
      c.send("resume", "cursors", Map.of(conversation, 0)); // history is not for the asking here
      c.expect(conversation, 6, 7);
      caughtUp(c);
    }
    remove(cora);
    bobSays(3);
    add(cora);
    bobSays(1);
    try (TestSocket c = north.openAndResume(cora)) {
      c.expect(conversation, 11, 11);
      assertTrue(c.messagesAfterPing().isEmpty());
    }
  }

  @Test
  void aNewDeviceGetsOnlyWhatIsSaidFromThenOn() {
    bobSays(5);
    Device tablet = south.anotherDevice(ann);
    bobSays(2);
    try (TestSocket t = north.openAndResume(tablet)) {
      t.expect(conversation, 6, 7);
      assertTrue(t.messagesAfterPing().isEmpty());
    }
  }

  @Test
  void manyConversationsAreEachCompleteAndInOrder() {
    List<UUID> groups = new ArrayList<>();
    try (TestSocket b = south.open(bob)) {
      for (int i = 0; i < 12; i++) {
        groups.add(north.conversation(ann, true, bob));
        b.sayMany(groups.getLast(), 130);
      }
    }
    try (TestSocket a = resumed()) {
      JsonNode cursors = caughtUp(a);
      for (UUID group : groups) {
        a.expect(group, 1, 130);
        assertEquals(130, cursors.path(group.toString()).asLong());
      }
      assertTrue(a.messagesAfterPing().isEmpty());
    }
  }

  private void add(Device who) {
    var answer =
        south.call(
            "POST",
            "/conversations/" + conversation + "/members",
            ann,
            Map.of("user_id", who.userId()));
    assertEquals(201, answer.status());
  }

  private void remove(Device who) {
    if (who.equals(ann)) { // the last admin may not leave alone
      var admin = Map.of("user_id", bob.userId(), "role", "admin");
      north.call("POST", "/conversations/" + conversation + "/members", ann, admin);
    }
    var answer =
        south.call(
            "DELETE", "/conversations/" + conversation + "/members/" + who.userId(), ann, null);
    assertEquals(204, answer.status());
  }

  private void awaitDelivered(long seq) {
    Await.until("delivered is " + seq, Duration.ofSeconds(10), () -> delivered() == seq);
  }

  /// How far ann's device is, as everybody is told.
  private long delivered() {
    JsonNode receipts =
        south.call("GET", "/conversations/" + conversation + "/receipts", bob, null).body();
    for (JsonNode receipt : receipts.path("receipts")) {
      if (receipt.path("device_id").asString().equals(ann.deviceId().toString())) {
        return receipt.path("delivered_seq").asLong();
      }
    }
    return 0;
  }
}
