package server.realtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import server.testing.TestEngines;
import server.testing.TestNode;
import server.testing.TestNode.Device;
import server.testing.TestSocket;
import tools.jackson.databind.JsonNode;

/// The same fields in CBOR, where bytes are bytes.
final class CborSocketTest {
  private static TestEngines engines;
  private static TestNode node;

  @BeforeAll
  static void start() {
    engines = TestEngines.fresh();
    node = TestNode.on(engines);
  }

  @AfterAll
  static void stop() {
    node.close();
    engines.close();
  }

  @Test
  void cborAndJsonSocketsTalkAndBytesStayBytes() {
    Device ann = node.newUser();
    Device cora = node.newUser();
    UUID group = node.conversation(cora, true, ann);
    byte[] content = new byte[256];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) i;
    }
    try (TestSocket json = node.openAndResume(ann);
        var cbor = TestSocket.openCbor(node.port(), cora.accessToken())) {
      cbor.next("welcome");
      cbor.send("resume", "id", 5, "cursors", Map.of());
      assertEquals(5, cbor.next("caught_up").path("id").asLong());
      UUID id = UUID.randomUUID();
      cbor.send(
          "send",
          "conversation_id",
          group,
          "client_message_id",
          id,
          "content",
          content,
          "content_type",
          "text/ไทย");
      assertEquals(1, cbor.next("sent").path("seq").asLong());
      JsonNode toJson = json.nextIn(group);
      assertTrue(toJson.path("content").isString());
      assertArrayEquals(content, toJson.path("content").binaryValue());
      assertEquals("text/ไทย", toJson.path("content_type").asString());
      assertEquals(id.toString(), toJson.path("client_message_id").asString());
      assertEquals(cora.userId().toString(), toJson.path("sender_user_id").asString());
      assertEquals(cora.deviceId().toString(), toJson.path("sender_device_id").asString());
      assertTrue(toJson.path("reply_to_seq").isMissingNode());

      json.send(
          "send",
          "id",
          1,
          "conversation_id",
          group,
          "client_message_id",
          UUID.randomUUID(),
          "content",
          content,
          "reply_to_seq",
          1);
      JsonNode sent = json.next("sent");
      JsonNode toCbor = cbor.nextIn(group);
      assertTrue(toCbor.path("content").isBinary());
      assertArrayEquals(content, toCbor.path("content").binaryValue());
      assertEquals(1, toCbor.path("reply_to_seq").asLong());
      assertEquals(sent.path("sent_at"), toCbor.path("sent_at"));
    }
  }
}
