package server.realtime;

import static migrate.generated.Tables.USERS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import server.testing.TestNode;
import server.testing.TestNode.Device;
import server.testing.TestSocket;
import server.testing.TwoNodes;
import tools.jackson.databind.JsonNode;

/// Who types and who is there, on this node and others, and only in small conversations.
final class TypingPresenceTest {
  private static final long QUIET_MILLIS = 400; // long enough for a frame that should not come
  private static final int MAX_REPEATS = 20;

  @RegisterExtension static final TwoNodes nodes = new TwoNodes();

  private final TestNode north = nodes.north();
  private final TestNode south = nodes.south();

  private Device ann;
  private Device bob;
  private UUID group;

  @BeforeEach
  void meet() {
    ann = north.newUser();
    bob = south.newUser();
    group = north.conversation(ann, true, bob);
  }

  private static boolean tellsPresence(JsonNode frame, Device of, boolean online) {
    return TestSocket.isType(frame, "presence")
        && frame.path("user_id").asString().equals(of.userId().toString())
        && frame.path("online").asBoolean() == online;
  }

  private static boolean quiet(TestSocket socket, String type) {
    return socket.poll(f -> TestSocket.isType(f, type), QUIET_MILLIS) == null;
  }

  /// Hears all that is still coming: who comes is announced a little later, on a busy machine
  /// perhaps after the next one came, who is then told twice.
  private static void calm(TestSocket socket, String type) {
    for (int frames = 0; !quiet(socket, type); frames++) {
      assertTrue(frames < MAX_REPEATS, "it never ends");
    }
  }

  /// Types until the listener hears of it: typing may be lost, as long as the listener's node has
  /// only just asked Redis for the conversation's events.
  private static JsonNode type(TestSocket typer, UUID conversation, TestSocket listener) {
    JsonNode typing = null;
    for (int times = 0; typing == null && times < MAX_REPEATS; times++) {
      typer.send("typing", "conversation_id", conversation, "active", true);
      typing = listener.poll(f -> TestSocket.isType(f, "typing"), QUIET_MILLIS);
    }
    assertTrue(typing != null, "typing is not heard");
    calm(listener, "typing");
    return typing;
  }

  @Test
  void typingIsToldToTheOtherMembersOnEveryNodeAndNotToTheTyper() {
    Device laptop = south.anotherDevice(ann);
    Device cora = north.newUser();
    UUID three = north.conversation(ann, true, bob, cora);
    try (TestSocket a = north.open(ann); // typing needs no resume
        TestSocket a2 = south.openAndResume(laptop);
        TestSocket b = south.openAndResume(bob);
        TestSocket c = north.openAndResume(cora)) {
      for (TestSocket told : List.of(b, c)) {
        JsonNode typing = type(a, three, told);
        assertEquals(three.toString(), typing.path("conversation_id").asString());
        assertEquals(ann.userId().toString(), typing.path("user_id").asString());
        assertTrue(typing.path("active").asBoolean());
      }
      calm(b, "typing");
      a.send("typing", "conversation_id", three, "active", false);
      assertFalse(b.next("typing").path("active").asBoolean());
      assertFalse(c.next("typing").path("active").asBoolean());
      assertTrue(quiet(a2, "typing"));
      assertTrue(a.restAfterPing().stream().noneMatch(f -> TestSocket.isType(f, "error")));
    }
  }

  @Test
  void presenceIsToldWhenTheFirstSocketComesAndWhenTheLastOneGoes() {
    Device bobLaptop = north.anotherDevice(bob);
    try (TestSocket a = north.openAndResume(ann)) {
      TestSocket b = south.openAndResume(bob);
      a.next(f -> tellsPresence(f, bob, true));
      b.next(f -> tellsPresence(f, ann, true)); // who comes later hears who is there
      TestSocket b2 = north.openAndResume(bobLaptop);
      b2.next(f -> tellsPresence(f, ann, true)); // and so does another device
      calm(a, "presence");
      TestSocket b3 = south.openAndResume(south.anotherDevice(bob));
      assertTrue(quiet(a, "presence"), "bob was there already");
      b.leave();
      b3.leave();
      assertTrue(quiet(a, "presence"), "bob is still there");
      b2.cut();
      a.next(f -> tellsPresence(f, bob, false));
    }
  }

  @Test
  void whoComesBackAtOnceIsThere() {
    try (TestSocket a = north.openAndResume(ann)) {
      for (int i = 0; i < 10; i++) {
        south.open(bob).cut();
      }
      try (TestSocket _ = south.openAndResume(bob)) {
        boolean online = false;
        JsonNode frame = a.next("presence");
        while (frame != null) { // come and gone, in whatever number, and there at last
          online = frame.path("online").asBoolean();
          frame = a.poll(f -> TestSocket.isType(f, "presence"), 2 * QUIET_MILLIS);
        }
        assertTrue(online);
      }
      a.next(f -> tellsPresence(f, bob, false));
    }
  }

  @Test
  void strangersAreToldNothing() {
    Device eve = north.newUser();
    try (TestSocket e = north.openAndResume(eve);
        TestSocket a = north.openAndResume(ann);
        TestSocket b = south.openAndResume(bob)) {
      b.next(f -> tellsPresence(f, ann, true));
      type(a, group, b);
      assertEquals(List.of(), e.restAfterPing());
      e.send("typing", "id", 3, "conversation_id", group, "active", true);
      JsonNode error = e.next("error");
      assertEquals("FORBIDDEN", error.path("error_code").asString());
      assertEquals(3, error.path("id").asLong());
      assertTrue(quiet(b, "typing"));
    }
  }

  @Test
  void aboveAHundredMembersThereIsNeither() {
    Device cora = north.newUser();
    Device dan = south.newUser();
    List<UUID> members = new ArrayList<>(users(98));
    members.add(dan.userId());
    Map<String, Object> request = Map.of("type", "group", "member_ids", members);
    var made = north.call("POST", "/conversations", cora, request);
    UUID large = UUID.fromString(made.text("conversation_id"));
    try (TestSocket c = north.openAndResume(cora);
        TestSocket d = south.openAndResume(dan)) {
      c.next(f -> tellsPresence(f, dan, true)); // a hundred are few enough
      type(c, large, d);
      calm(c, "presence");
      var one = Map.of("user_id", users(1).getFirst());
      String path = "/conversations/" + large + "/members";
      assertEquals(201, north.call("POST", path, cora, one).status());
      d.next(f -> f.path("change").asString("").equals("member_added"));
      c.send("typing", "conversation_id", large, "active", true);
      assertTrue(quiet(d, "typing"));
      d.leave();
      assertTrue(quiet(c, "presence"));
      c.say(large, "messages go on");
    }
  }

  private static List<UUID> users(int count) {
    List<UUID> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      UUID id = UUID.randomUUID();
      nodes
          .engines()
          .dsl()
          .insertInto(USERS)
          .set(USERS.USER_ID, id)
          .set(USERS.PHONE_NUMBER, "+" + Math.abs(id.getMostSignificantBits()))
          .execute();
      ids.add(id);
    }
    return ids;
  }
}
