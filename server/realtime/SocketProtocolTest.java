package server.realtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.Settings;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import server.operations.Node;
import server.operations.ServerSettings;
import server.testing.Await;
import server.testing.RawSocket;
import server.testing.TestEngines;
import server.testing.TestNode;
import server.testing.TestNode.Device;
import server.testing.TestSocket;
import tools.jackson.databind.JsonNode;

/// The contract's section 2: how a socket is opened, what it answers, how it is closed.
final class SocketProtocolTest {
  private static final int MAX_FRAME_BYTES = 128 * 1024;

  private static TestEngines engines;
  private static TestNode node;
  private static Device ann;
  private static Device bob;
  private static Device loner; // in no conversation: nobody tells it anything
  private static UUID conversation;

  @BeforeAll
  static void start() {
    engines = TestEngines.fresh();
    node = TestNode.on(engines);
    ann = node.newUser();
    bob = node.newUser();
    loner = node.newUser();
    conversation = node.conversation(ann, false, bob);
  }

  @AfterAll
  static void stop() {
    node.close();
    engines.close();
  }

  @Test
  void theWelcomeComesFirstAndTellsTheBounds() {
    try (TestSocket socket = TestSocket.open(node.port(), ann.accessToken())) {
      JsonNode first = socket.next(_ -> true);
      assertEquals("welcome", first.path("type").asString());
      assertEquals(ann.deviceId().toString(), first.path("device_id").asString());
      assertFalse(first.path("node_id").asString().isEmpty());
      assertEquals(4096, first.path("window").asInt());
      assertEquals(25, first.path("heartbeat_seconds").asInt());
    }
  }

  @Test
  void browsersBringTheTokenAsTheSecondSubProtocol() {
    String bearer = "bearer." + ann.accessToken();
    for (String protocol : List.of("vyry.v1.json", "vyry.v1.cbor")) {
      try (var socket = TestSocket.open(node.port(), Map.of(), protocol, bearer)) {
        socket.next("welcome");
        assertEquals(protocol, socket.protocol());
      }
    }
  }

  @Test
  void withoutASubProtocolFramesAreJson() {
    var header = Map.of("Authorization", "Bearer " + ann.accessToken());
    try (var socket = TestSocket.open(node.port(), header)) {
      socket.next("welcome");
      assertEquals("", socket.protocol());
      socket.sendText("{\"type\":\"ping\",\"id\":7}");
      assertEquals(7, socket.next("pong").path("id").asLong());
    }
  }

  @Test
  void aBadTokenIsUpgradedAndThenClosed() {
    try (var none = TestSocket.open(node.port(), Map.of(), "vyry.v1.json");
        var forged = TestSocket.open(node.port(), ann.accessToken() + "x");
        var inTheUrlsPlace = TestSocket.open(node.port(), Map.of(), "vyry.v1.json", "bearer.")) {
      assertEquals(4401, none.closeCode());
      assertEquals(4401, forged.closeCode());
      assertEquals(4401, inTheUrlsPlace.closeCode());
    }
  }

  @Test
  void aLoggedOutDeviceIsClosedAndItsTokenOpensNoOther() {
    Device phone = node.newUser();
    try (TestSocket socket = node.openAndResume(phone)) {
      assertEquals(204, node.call("POST", "/auth/logout", phone, null).status());
      assertEquals(4403, socket.closeCode());
      try (var again = TestSocket.open(node.port(), phone.accessToken())) {
        assertEquals(4401, again.closeCode());
      }
    }
  }

  @Test
  void aNewerSocketOfTheDeviceReplacesTheOlder() {
    Device phone = node.newUser();
    try (TestSocket older = node.openAndResume(phone);
        TestSocket newer = node.openAndResume(phone)) {
      assertEquals(4409, older.closeCode());
      assertTrue(newer.restAfterPing().isEmpty());
    }
  }

  @Test
  void aFrameOfTheLargestSizeIsReadAndALargerOneClosesWith1009() {
    Device phone = node.newUser();
    String frame = "{\"type\":\"ping\",\"id\":1,\"filler\":\"";
    String fits = frame + "x".repeat(MAX_FRAME_BYTES - frame.length() - 2) + "\"}";
    try (TestSocket socket = node.open(phone)) {
      socket.sendText(fits);
      assertEquals(1, socket.next("pong").path("id").asLong());
      socket.sendText(fits + " ");
      assertEquals(1009, socket.closeCode());
    }
  }

  @Test
  void aFrameThatIsMuchTooLargeIsReadToItsEndSoThatTheClientHearsWhy() {
    try (RawSocket socket = RawSocket.open(node.port(), node.newUser().accessToken())) {
      byte[] piece = new byte[1024 * 1024];
      socket.header(RawSocket.TEXT, true, 4L * piece.length);
      for (int i = 0; i < 4; i++) {
        socket.bytes(piece);
      }
      assertEquals(1009, socket.read(RawSocket.CLOSE).closeCode());
    }
  }

  @Test
  void textThatIsNotUtf8ClosesTheSocket() {
    try (RawSocket socket = RawSocket.open(node.port(), node.newUser().accessToken())) {
      byte[] letters = "{\"type\":\"ping\",\"id\":3,\"x\":\"ท\"}".getBytes(StandardCharsets.UTF_8);
      socket.frame(RawSocket.TEXT, true, letters);
      assertTrue(socket.read(RawSocket.TEXT).text().contains("welcome"));
      assertTrue(socket.read(RawSocket.TEXT).text().contains("\"id\":3"));
      letters[letters.length - 3] = '!'; // the last third of the letter
      socket.frame(RawSocket.TEXT, true, letters);
      assertEquals(1007, socket.read(RawSocket.CLOSE).closeCode());
    }
  }

  @Test
  void piecesOfAFrameArePutTogetherAndCountTogether() {
    try (RawSocket socket = RawSocket.open(node.port(), node.newUser().accessToken())) {
      byte[] ping = "{\"type\":\"ping\",\"id\":3,\"é\":\"ไทย\"}".getBytes(StandardCharsets.UTF_8);
      socket.read(RawSocket.TEXT);
      for (int i = 0; i < ping.length; i++) {
        int opcode = i == 0 ? RawSocket.TEXT : RawSocket.CONTINUATION;
        socket.frame(opcode, i == ping.length - 1, new byte[] {ping[i]});
      }
      assertTrue(socket.read(RawSocket.TEXT).text().contains("\"id\":3"));
      byte[] half = " ".repeat(MAX_FRAME_BYTES / 2 + 1).getBytes(StandardCharsets.UTF_8);
      socket.frame(RawSocket.TEXT, false, half);
      socket.frame(RawSocket.CONTINUATION, true, half);
      assertEquals(1009, socket.read(RawSocket.CLOSE).closeCode());
    }
  }

  @Test
  void aClientThatIgnoresTheCloseIsHeardNoMoreAndCutSoon() {
    Device phone = node.newUser();
    UUID group = node.conversation(phone, true, bob);
    try (RawSocket socket = RawSocket.open(node.port(), phone.accessToken())) {
      socket.read(RawSocket.TEXT);
      assertEquals(204, node.call("POST", "/auth/logout", phone, null).status());
      assertEquals(4403, socket.read(RawSocket.CLOSE).closeCode());
      socket.text(
          "{\"type\":\"send\",\"conversation_id\":\""
              + group
              + "\",\"client_message_id\":\""
              + UUID.randomUUID()
              + "\",\"content\":\"aGk=\"}");
      assertNull(socket.read(), "something came behind the close");
      Await.until("it is cut", Duration.ofSeconds(10), () -> cut(socket));
      JsonNode history =
          node.call("GET", "/conversations/" + group + "/messages", bob, null).body();
      assertTrue(history.path("messages").isEmpty(), "a revoked device sent a message");
    }
  }

  private static boolean cut(RawSocket socket) {
    try {
      socket.frame(RawSocket.PING, true, new byte[0]);
      return false;
    } catch (UncheckedIOException _) {
      return true;
    }
  }

  @Test
  void pingsOfTheClientAreAnsweredInOrder() {
    try (RawSocket socket = RawSocket.open(node.port(), node.newUser().accessToken())) {
      for (byte i = 0; i < 100; i++) {
        socket.frame(RawSocket.PING, true, new byte[] {i});
      }
      for (byte i = 0; i < 100; i++) {
        assertEquals(i, socket.read(RawSocket.PONG).payload()[0]);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nonsense | | INVALID_REQUEST",
        "[] | | INVALID_REQUEST",
        "{\"id\":1} | 1 | INVALID_REQUEST",
        "{\"type\":\"dance\",\"id\":2} | 2 | INVALID_REQUEST",
        "{\"type\":7,\"id\":3} | 3 | INVALID_REQUEST",
        "{\"type\":\"send\",\"id\":4} | 4 | INVALID_REQUEST",
        "{\"seq\":\"x\",\"type\":\"read\",\"id\":5} | 5 | INVALID_REQUEST",
        "{\"type\":\"resume\",\"cursors\":{\"x\":1,\"y\":{}},\"id\":6} | 6 | INVALID_REQUEST",
        "{\"id\":7,\"type\":\"ping\" | 7 | INVALID_REQUEST",
        "{\"id\":\"8\",\"type\":\"ping\"} | | INVALID_REQUEST",
        "{\"type\":\"ping\"} {\"type\":\"ping\"} | | INVALID_REQUEST",
        "{\"type\":\"typing\",\"id\":9,\"active\":true,"
            + "\"conversation_id\":\"00000000-0000-0000-0000-000000000000\"} | 9 | FORBIDDEN",
        "{\"type\":\"read\",\"id\":10,\"seq\":1,"
            + "\"conversation_id\":\"00000000-0000-0000-0000-000000000000\"} | 10 | FORBIDDEN",
        "{\"type\":\"send\",\"id\":11,\"content\":\"\","
            + "\"client_message_id\":\"00000000-0000-0000-0000-000000000000\","
            + "\"conversation_id\":\"00000000-0000-0000-0000-000000000000\"} | 11 | FORBIDDEN",
      })
  void aBadFrameIsRefusedByItsIdAndTheSocketLives(String frame, Long id, String code) {
    try (TestSocket socket = node.open(loner)) {
      socket.sendText(frame);
      JsonNode error = socket.next("error");
      assertEquals(code, error.path("error_code").asString());
      assertFalse(error.path("error").asString().isEmpty());
      assertEquals(id == null, error.path("id").isMissingNode());
      assertEquals(id == null ? 0 : id, error.path("id").asLong());
      assertFalse(error.has("retry_after_seconds"));
      assertTrue(socket.restAfterPing().isEmpty());
    }
  }

  @Test
  void aSendIsRefusedForWhatIsWrongWithIt() {
    try (TestSocket socket = node.open(ann)) {
      UUID id = UUID.randomUUID();
      socket.sayLater(conversation, id, new byte[64 * 1024 + 1]);
      assertEquals("PAYLOAD_TOO_LARGE", socket.next("error").path("error_code").asString());
      socket.send(
          "send",
          "id",
          1,
          "conversation_id",
          conversation,
          "client_message_id",
          id,
          "content",
          "aGk=",
          "reply_to_seq",
          99);
      assertEquals("INVALID_REQUEST", socket.next("error").path("error_code").asString());
      socket.send(
          "send",
          "id",
          2,
          "conversation_id",
          conversation,
          "client_message_id",
          id,
          "content",
          "no base64!");
      assertEquals("INVALID_REQUEST", socket.next("error").path("error_code").asString());
      socket.send("read", "id", 3, "conversation_id", conversation, "seq", 1_000_000);
      JsonNode tooHigh = socket.next("error");
      assertEquals(3, tooHigh.path("id").asLong());
      assertEquals("INVALID_REQUEST", tooHigh.path("error_code").asString());
    }
  }

  @Test
  void acknowledgingNothingIsNoFault() {
    try (TestSocket socket = node.open(loner)) {
      UUID own = node.conversation(loner, true);
      socket.send("read", "id", 1, "conversation_id", own, "seq", 0);
      socket.next("conversation"); // that it was created
      socket.send("delivered", "id", 2, "conversation_id", UUID.randomUUID(), "seq", 0);
      assertTrue(socket.restAfterPing().isEmpty());
    }
  }

  @Test
  void aBinaryFrameOnAJsonSocketIsRefusedAndTheOtherWayRound() {
    Device other = node.newUser();
    try (TestSocket json = node.open(loner);
        var cbor = TestSocket.openCbor(node.port(), other.accessToken())) {
      json.sendBinary(new byte[] {1, 2, 3});
      assertEquals("INVALID_REQUEST", json.next("error").path("error_code").asString());
      cbor.next("welcome");
      cbor.sendText("{\"type\":\"ping\"}");
      assertEquals("INVALID_REQUEST", cbor.next("error").path("error_code").asString());
      assertTrue(json.restAfterPing().isEmpty());
      assertTrue(cbor.restAfterPing().isEmpty());
    }
  }

  @Test
  void aRetryIsAnsweredLikeTheFirstTryAndTheFirstContentWins() {
    try (TestSocket a = node.openAndResume(ann)) {
      UUID group = node.conversation(ann, true);
      UUID id = UUID.randomUUID();
      a.sayLater(group, id, "first");
      a.sayLater(group, id, "second");
      JsonNode first = a.next("sent");
      JsonNode second = a.next("sent");
      assertEquals(first, second);
      JsonNode history =
          node.call("GET", "/conversations/" + group + "/messages", ann, null).body();
      assertEquals(1, history.path("messages").size());
      assertEquals("first", TestSocket.content(history.path("messages").path(0)));
    }
  }

  @Test
  void tooManyFramesCloseTheSocketAndOthersGoOn() {
    var settings =
        new Settings(
            Path.of("."),
            Map.of(),
            ServerSettings.defaults(),
            Map.of("SERVER_PORT", "0", "VYRY_TRUSTED_PROXIES", "127.0.0.1"));
    String token = node.newUser().accessToken();
    // On this machine a development server lets a client do a hundred times as much.
    try (Node strict =
            Node.start(ServerSettings.of(settings), engines.postgres(), engines.redis());
        RawSocket flooding = RawSocket.openFor("203.0.113.7", strict.port(), token);
        TestSocket other = TestSocket.open(strict.port(), loner.accessToken())) {
      Thread.ofVirtual().start(() -> ping(flooding, 20_000));
      RawSocket.Frame close = flooding.read(RawSocket.CLOSE);
      assertNotNull(close, "the connection ended without a close frame");
      assertEquals(4429, close.closeCode());
      other.next("welcome");
      assertTrue(other.restAfterPing().isEmpty());
    }
  }

  private static void ping(RawSocket socket, int times) {
    try {
      for (int i = 0; i < times; i++) {
        socket.text("{\"type\":\"ping\"}");
      }
    } catch (UncheckedIOException _) {
      // cut in the middle of it, as it deserves
    }
  }
}
