package server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import server.testing.TestNode;
import server.testing.TestNode.Device;
import server.testing.TestSocket;
import server.testing.TwoNodes;
import tools.jackson.databind.JsonNode;

/// Two users with two devices each, on two nodes: what the README promises, from end to end.
final class ConversationTest {
  @RegisterExtension static final TwoNodes nodes = new TwoNodes();

  private final TestNode north = nodes.north();
  private final TestNode south = nodes.south();

  @Test
  void twoUsersWithTwoDevicesEachTalkAcrossTwoNodes() {
    Device annPhone = north.newUser();
    Device annLaptop = north.anotherDevice(annPhone);
    Device bobPhone = south.newUser();
    Device bobLaptop = south.anotherDevice(bobPhone);
    UUID conversation = north.conversation(annPhone, false, bobPhone);
    try (TestSocket a1 = north.openAndResume(annPhone);
        TestSocket a2 = south.openAndResume(annLaptop);
        TestSocket b1 = south.openAndResume(bobPhone)) {
      TestSocket b2 = north.openAndResume(bobLaptop);

      long first = a1.say(conversation, "hello").path("seq").asLong();
      assertEquals(1, first);
      for (TestSocket other : List.of(a2, b1, b2)) {
        assertEquals("hello", other.nextText());
      }

      b1.send("read", "conversation_id", conversation, "seq", 1);
      JsonNode receipt = a1.next("receipt");
      assertEquals(bobPhone.deviceId().toString(), receipt.path("device_id").asString());
      assertEquals(1, receipt.path("read_seq").asLong());

      b2.cut(); // this laptop misses what follows
      for (int i = 0; i < 50; i++) {
        (i % 2 == 0 ? a1 : b1).say(conversation, "line " + i);
      }
      List<String> missed = new ArrayList<>();
      try (TestSocket back = south.open(bobLaptop)) {
        back.send("resume");
        // It had not acknowledged "hello" either, so that comes again.
        for (int i = 0; i < 51; i++) {
          missed.add(back.nextText());
        }
        JsonNode caughtUp = back.next("caught_up");
        assertEquals(51, caughtUp.path("cursors").path(conversation.toString()).asLong());
        assertEquals("hello", missed.getFirst());
        for (int i = 0; i < 50; i++) {
          assertEquals("line " + i, missed.get(i + 1));
        }
        a1.say(conversation, "are you back?");
        assertEquals("are you back?", back.nextText());
      }
      for (int i = 0; i < 50; i++) {
        assertEquals("line " + i, a2.nextText());
      }
    }
  }

  @Test
  void aNewerSocketOnAnotherNodeReplacesTheOlder() {
    Device ann = north.newUser();
    try (TestSocket older = north.openAndResume(ann);
        TestSocket newer = south.openAndResume(ann)) {
      assertEquals(4409, older.closeCode());
      assertTrue(newer.restAfterPing().isEmpty());
    }
  }

  @Test
  void aRemovedDevicesSocketIsClosedOnTheOtherNodeWithinASecond() {
    Device phone = north.newUser();
    Device laptop = north.anotherDevice(phone);
    try (TestSocket socket = south.openAndResume(laptop)) {
      long start = System.nanoTime();
      assertEquals(
          204, north.call("DELETE", "/devices/" + laptop.deviceId(), phone, null).status());
      assertEquals(4403, socket.closeCode());
      assertTrue(System.nanoTime() - start < 1_000_000_000L, "it took more than a second");
      assertEquals(401, south.call("GET", "/profile", laptop, null).status());
    }
  }
}
