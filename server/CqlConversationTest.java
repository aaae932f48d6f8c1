package server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.CqlUrl;
import fixtures.urls.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import migrate.schema.SchemaMismatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import server.operations.Node;
import server.operations.ServerSettings;
import server.testing.Await;
import server.testing.TestApi;
import server.testing.TestCql;
import server.testing.TestEngines;
import server.testing.TestNode;
import server.testing.TestNode.Answer;
import server.testing.TestNode.Device;
import server.testing.TestSocket;
import tools.jackson.databind.JsonNode;

/// Two nodes whose messages live in CQL: sending, receiving, resuming, history, receipts, members,
/// from end to end.
final class CqlConversationTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20); // a busy machine

  private static TestEngines engines;
  private static TestNode north;
  private static TestNode south;

  @BeforeAll
  static void start() {
    engines = TestEngines.fresh();
    CqlUrl keyspace = TestCql.missingKeyspace(); // in development a node makes it
    north = TestNode.on(engines, keyspace);
    south = TestNode.on(engines, keyspace);
  }

  @AfterAll
  static void stop() {
    south.close();
    north.close();
    engines.close();
  }

  private static List<String> texts(JsonNode messages) {
    List<String> texts = new ArrayList<>();
    messages.forEach(message -> texts.add(TestSocket.content(message)));
    return texts;
  }

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
      assertEquals(1, a1.say(conversation, "hello").path("seq").asLong());
      for (TestSocket other : List.of(a2, b1, b2)) {
        assertEquals("hello", other.nextText());
      }
      b1.send("read", "conversation_id", conversation, "seq", 1);
      JsonNode receipt = a1.next("receipt");
      assertEquals(bobPhone.deviceId().toString(), receipt.path("device_id").asString());
      assertEquals(1, receipt.path("read_seq").asLong());
      b2.cut(); // this laptop misses what follows
      List<String> said = new ArrayList<>(List.of("hello"));
      for (int i = 0; i < 50; i++) {
        said.add("line " + i);
        (i % 2 == 0 ? a1 : b1).say(conversation, "line " + i);
      }
      try (TestSocket back = south.open(bobLaptop)) {
        back.send("resume");
        List<String> missed = new ArrayList<>();
        for (int i = 0; i < said.size(); i++) {
          missed.add(back.nextText());
        }
        assertEquals(said, missed);
        JsonNode caughtUp = back.next("caught_up");
        assertEquals(51, caughtUp.path("cursors").path(conversation.toString()).asLong());
        a1.say(conversation, "are you back?");
        assertEquals("are you back?", back.nextText());
      }
    }
    String path = "/conversations/" + conversation;
    Answer history = south.call("GET", path + "/messages?before_seq=4&limit=2", bobLaptop, null);
    assertEquals(List.of("line 0", "line 1"), texts(history.body().path("messages")));
    assertTrue(history.body().path("has_more").asBoolean());
    JsonNode receipts =
        north.call("GET", path + "/receipts?seq=1", annPhone, null).body().path("receipts");
    assertTrue(
        receipts.valueStream().anyMatch(receipt -> receipt.path("read_at").isString()),
        receipts::toString);
    JsonNode sync = north.call("GET", "/sync?limit=5", bobLaptop, null).body();
    assertEquals("hello", TestSocket.content(sync.path("messages").path(0)));
    JsonNode seen = south.call("GET", path, bobPhone, null).body();
    assertEquals(52, seen.path("last_seq").asLong());
    assertEquals(26, seen.path("unread_count").asInt()); // ann's, but for the first
  }

  @Test
  void aRemovedMemberReadsUpToWhereItLeftAndSendsNothingMore() {
    Device ann = north.newUser();
    Device bob = south.newUser();
    UUID group = north.conversation(ann, true, bob);
    String path = "/conversations/" + group;
    try (TestSocket a = north.openAndResume(ann);
        TestSocket b = south.openAndResume(bob)) {
      b.say(group, "one");
      assertEquals("one", a.nextText());
      assertEquals(
          204, north.call("DELETE", path + "/members/" + bob.userId(), ann, null).status());
      b.sayLater(group, UUID.randomUUID(), "too late");
      assertEquals("FORBIDDEN", b.next("error").path("error_code").asString());
      assertEquals(2, a.say(group, "two").path("seq").asLong());
      Answer his = south.call("GET", path + "/messages", bob, null);
      assertEquals(List.of("one"), texts(his.body().path("messages")));
      var back = Map.of("user_id", bob.userId());
      assertEquals(201, south.call("POST", path + "/members", ann, back).status());
      a.say(group, "three");
      assertEquals("three", b.nextText()); // and not what was said while it was away
      assertEquals(4, b.say(group, "four").path("seq").asLong());
    }
  }

  @Test
  void aRetryOnTheOtherNodeGetsTheSameAnswerAndANewDeviceStartsAtTheHead() {
    Device ann = north.newUser();
    Device bob = south.newUser();
    UUID conversation = north.conversation(ann, false, bob);
    String path = "/conversations/" + conversation + "/messages";
    var message = Map.of("client_message_id", UUID.randomUUID(), "content", "aGk=");
    Answer first = north.call("POST", path, ann, message);
    Answer again = south.call("POST", path, ann, message);
    assertEquals(List.of(201, 200), List.of(first.status(), again.status()));
    assertEquals(first.body(), again.body());
    Device tablet = south.anotherDevice(bob);
    try (TestSocket t = north.openAndResume(tablet)) {
      south.call("POST", path, bob, Map.of("client_message_id", UUID.randomUUID(), "content", ""));
      assertEquals(2, t.nextIn(conversation).path("seq").asLong());
    }
  }

  @Test
  void conversationsAreOrderedByTheirLastMessageSoonAfterIt() {
    Device ann = north.newUser();
    UUID older = north.conversation(ann, true);
    UUID newer = north.conversation(ann, true);
    var message = Map.of("client_message_id", UUID.randomUUID(), "content", "aGk=");
    north.call("POST", "/conversations/" + older + "/messages", ann, message);
    Await.until(
        "the one written to is first",
        PATIENCE,
        () -> first(ann).path("conversation_id").asString().equals(older.toString()));
    assertEquals(1, first(ann).path("last_seq").asLong());
    north.call("POST", "/conversations/" + newer + "/messages", ann, message);
    Await.until(
        "the other one is first",
        PATIENCE,
        () -> first(ann).path("conversation_id").asString().equals(newer.toString()));
  }

  private static JsonNode first(Device of) {
    return south.call("GET", "/conversations", of, null).body().path("conversations").path(0);
  }

  @Test
  void aNodeThatIsReadyNamesTheDatabase() {
    JsonNode ready = TestApi.call(north.port(), "GET", "/health/ready", null, null).json();
    List<String> names = new ArrayList<>();
    ready.path("databases").forEach(database -> names.add(database.path("name").asString()));
    assertEquals(List.of("postgres", "cql", "redis"), names);
    assertEquals("up", ready.path("databases").path(1).path("state").asString());
  }

  @Test
  void inProductionAMissingSchemaIsRefusedWithTheCommandThatMendsIt() {
    Map<String, String> flags =
        Map.of(
            Settings.VYRY_ENV,
            "production",
            Settings.POSTGRES_URL,
            engines.postgres().text(),
            Settings.REDIS_URL,
            engines.redis().text(),
            Settings.SCYLLADB_URL,
            TestCql.missingKeyspace().text(),
            "VYRY_SECRET",
            "a secret for tests that is long enough",
            "OTP_WEBHOOK_URL",
            "http://127.0.0.1:9/otp",
            "SERVER_PORT",
            "0");
    var settings = new Settings(Path.of("."), Map.of(), ServerSettings.defaults(), flags);
    var refused =
        assertThrows(
            SchemaMismatch.class,
            () ->
                Node.start(ServerSettings.of(settings), engines.postgres(), engines.redis())
                    .close());
    assertTrue(refused.getMessage().contains("the cql schema"), refused::getMessage);
    assertTrue(refused.getMessage().contains("migrate@catalog up"), refused::getMessage);
  }
}
