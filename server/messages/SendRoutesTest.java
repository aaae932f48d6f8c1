package server.messages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import server.testing.Await;
import server.testing.Concurrently;
import server.testing.TestEngines;
import server.testing.TestNode;
import server.testing.TestNode.Answer;
import server.testing.TestNode.Device;
import server.testing.TestProxy;

/// Sending by HTTP, on a whole node whose database can be cut off.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SendRoutesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30); // a busy machine

  private TestEngines engines;
  private TestProxy database;
  private TestNode node;
  private Device ann;
  private Device ben;
  private UUID group;

  @BeforeAll
  void start() {
    engines = TestEngines.fresh();
    database = engines.postgresProxy();
    node = TestNode.on(engines.postgresBy(database), engines.redis());
    ann = node.newUser();
    ben = node.newUser();
    group = node.conversation(ann, true, ben);
  }

  @AfterAll
  void stop() {
    node.close();
    engines.close();
  }

  private Answer send(Device as, UUID conversation, Map<String, ?> body) {
    return node.call("POST", "/conversations/" + conversation + "/messages", as, body);
  }

  private static Map<String, Object> message(UUID id, byte[] content) {
    Map<String, Object> body = new HashMap<>();
    body.put("client_message_id", id);
    body.put("content", Base64.getEncoder().encodeToString(content));
    return body;
  }

  private static Map<String, Object> message(String text) {
    return message(UUID.randomUUID(), text.getBytes());
  }

  private static Map<String, Object> with(String field, Object value) {
    Map<String, Object> body = message("x");
    body.put(field, value);
    return body;
  }

  @Test
  void aSendIsCreatedAndItsRetryGetsTheSameBodyWithA200() {
    Map<String, Object> body = message("hello");
    Answer first = send(ann, group, body);
    assertEquals(201, first.status());
    assertEquals(group.toString(), first.text("conversation_id"));
    assertEquals(body.get("client_message_id").toString(), first.text("client_message_id"));
    assertTrue(first.text("sent_at").matches(".*\\.\\d{3}Z"), first.text("sent_at"));
    body.put("content", "");
    Answer retry = send(ann, group, body);
    assertEquals(200, retry.status());
    assertEquals(first.body(), retry.body());
    Answer read = node.call("GET", "/conversations/" + group + "/messages?limit=1", ben, null);
    assertEquals(
        Base64.getEncoder().encodeToString("hello".getBytes()),
        read.body().at("/messages/0/content").asString());
  }

  @Test
  void ofManyRetriesAtOnceOneIsCreatedAndAllGetTheSameBody() throws Exception {
    Map<String, Object> body = message("once");
    List<Answer> answers = Concurrently.run(20, _ -> send(ann, group, body));
    assertEquals(1, answers.stream().filter(answer -> answer.status() == 201).count());
    assertEquals(19, answers.stream().filter(answer -> answer.status() == 200).count());
    assertEquals(1, answers.stream().map(Answer::body).distinct().count());
  }

  @Test
  void onlyMembersSendAndNobodyElseLearnsThatThereIsAConversation() {
    Device stranger = node.newUser();
    Answer there = send(stranger, group, message("let me in"));
    Answer nowhere = send(stranger, UUID.randomUUID(), message("let me in"));
    assertEquals(403, there.status());
    assertEquals("FORBIDDEN", there.errorCode());
    assertEquals(there.body(), nowhere.body());
    assertEquals(401, send(null, group, message("who am I")).status());
  }

  @Test
  void theLargestContentFitsAndOneByteMoreDoesNot() {
    UUID id = UUID.randomUUID();
    assertEquals(201, send(ann, group, message(id, new byte[64 * 1024])).status());
    Answer tooLarge = send(ann, group, message(UUID.randomUUID(), new byte[64 * 1024 + 1]));
    assertEquals(413, tooLarge.status());
    assertEquals("PAYLOAD_TOO_LARGE", tooLarge.errorCode());
    assertEquals(201, send(ann, group, message(UUID.randomUUID(), new byte[0])).status());
  }

  @Test
  void whatIsWrongWithASendIsSaid() {
    for (Map<String, Object> body :
        List.of(
            with("client_message_id", "1-1-1-1-1"),
            with("client_message_id", List.of()),
            with("content", "no base64!"),
            with("content", 7),
            with("content_type", "a\0b"),
            with("content_type", "x".repeat(129)),
            with("reply_to_seq", 0),
            with("reply_to_seq", -1),
            with("reply_to_seq", 1.5),
            with("reply_to_seq", 1_000_000),
            Map.<String, Object>of("content", ""),
            Map.<String, Object>of("client_message_id", UUID.randomUUID()))) {
      Answer answer = send(ann, group, body);
      assertEquals(400, answer.status(), () -> body + " " + answer.body());
      assertEquals("INVALID_REQUEST", answer.errorCode());
    }
    Answer path = node.call("POST", "/conversations/x/messages", ann, message("x"));
    assertEquals("INVALID_REQUEST", path.errorCode());
  }

  @Test
  void whileTheDatabaseIsAwayItIsUnavailableAndTheRetryIsStoredOnce() {
    Map<String, Object> body = message("patience");
    database.cut();
    Answer away = send(ann, group, body);
    assertEquals(503, away.status());
    assertEquals("UNAVAILABLE", away.errorCode());
    assertTrue(away.body().path("retry_after_seconds").asInt() >= 1, () -> away.body().toString());
    assertTrue(away.response().headers().firstValue("Retry-After").isPresent());
    assertTrue(!away.text("error").contains("127.0.0.1"), away.text("error"));
    database.mend();
    Answer[] stored = new Answer[1];
    Await.until(
        "a retry is answered",
        PATIENCE,
        () -> {
          stored[0] = send(ann, group, body);
          return stored[0].status() < 300;
        });
    Answer again = send(ann, group, body);
    assertEquals(200, again.status());
    assertEquals(stored[0].body(), again.body());
    // Each connection that was cut fails one request before it is replaced.
    Await.until("all connections are new", PATIENCE, this::everyReadIsAnswered);
  }

  private boolean everyReadIsAnswered() {
    for (int i = 0; i < 30; i++) {
      if (node.call("GET", "/conversations/" + group, ben, null).status() != 200) {
        return false;
      }
    }
    return true;
  }
}
