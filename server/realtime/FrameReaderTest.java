package server.realtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import server.http.ApiError;
import server.http.Caller;
import server.http.ErrorCode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.cbor.CBORMapper;

/// Random frames, whole and broken, in both encodings.
final class FrameReaderTest {
  private static final int ROUNDS = 2_000;
  private static final long SEED = 20_261_122; // any; a failure names the round
  private static final ObjectMapper JSON = new JsonMapper();
  private static final ObjectMapper CBOR = new CBORMapper();

  private static final Caller CALLER = new Caller(new UUID(1, 1), new UUID(1, 2), new UUID(1, 3));

  private final Random random = new Random(SEED);

  @Test
  void aFrameIsReadWhateverTheOrderOfItsFieldsAndWhateverElseItCarries() {
    for (int round = 0; round < ROUNDS; round++) {
      ClientFrame frame = frame();
      Map<String, Object> fields = fields(frame);
      noise(fields);
      for (Encoding encoding : Encoding.values()) {
        ClientFrame read = new FrameReader().read(encoding, encoded(encoding, shuffled(fields)));
        assertSame(frame, read, "round " + round + " " + encoding + " " + fields);
      }
    }
  }

  @Test
  void garbageIsRefusedAndNeverAFault() {
    for (int round = 0; round < 5 * ROUNDS; round++) {
      byte[] garbage = new byte[random.nextInt(64)];
      random.nextBytes(garbage);
      for (Encoding encoding : Encoding.values()) {
        readOrRefuse(encoding, garbage);
      }
    }
  }

  @Test
  void aDamagedFrameIsReadOrRefusedAndNeverAFault() {
    for (int round = 0; round < 2 * ROUNDS; round++) {
      Map<String, Object> fields = fields(frame());
      noise(fields);
      for (Encoding encoding : Encoding.values()) {
        byte[] bytes = encoded(encoding, shuffled(fields));
        for (int damage = random.nextInt(4); damage >= 0; damage--) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        int length = random.nextBoolean() ? bytes.length : random.nextInt(bytes.length);
        readOrRefuse(encoding, Arrays.copyOf(bytes, length));
      }
    }
  }

  @Test
  void aRefusalKnowsTheIdOfItsFrameWhereverItStands() {
    String[] bad = {
      "\"type\":7",
      "\"seq\":\"x\"",
      "\"content\":[[1],2]",
      "\"content\":\"!\"",
      "\"active\":1",
      "\"cursors\":[{}]",
      "\"cursors\":{\"x\":{\"y\":[1]}}",
      "\"seq\":1.5",
      "\"seq\":1e30",
      "\"conversation_id\":{\"a\":{\"b\":1}}"
    };
    for (String field : bad) {
      for (String frame :
          List.of(
              "{\"type\":\"ping\",\"id\":42," + field + "}",
              "{" + field + ",\"type\":\"ping\",\"id\":42}")) {
        var reader = new FrameReader();
        var refusal =
            assertThrows(ApiError.class, () -> reader.read(Encoding.JSON, frame.getBytes()), frame);
        assertEquals(ErrorCode.INVALID_REQUEST, refusal.code());
        assertEquals(42, reader.id(), frame);
      }
    }
  }

  @Test
  void whatIsMissingOrOutOfBoundsIsRefused() {
    String ids =
        "\"conversation_id\":\"11111111-1111-1111-1111-111111111111\","
            + "\"client_message_id\":\"11111111-1111-1111-1111-111111111111\",";
    for (String frame :
        List.of(
            "{}",
            "",
            "null",
            "{\"type\":null}",
            "{\"type\":\"send\"," + ids + "\"content\":null}",
            "{\"type\":\"send\"," + ids + "\"content\":\"\",\"reply_to_seq\":0}",
            "{\"type\":\"send\","
                + ids
                + "\"content\":\"\",\"content_type\":\""
                + "x".repeat(129)
                + "\"}",
            "{\"type\":\"send\",\"conversation_id\":\"1-1-1-1-1\",\"content\":\"\"}",
            "{\"type\":\"read\"," + ids + "\"seq\":-1}",
            "{\"type\":\"read\"," + ids + "\"seq\":9223372036854775808}",
            "{\"type\":\"typing\"," + ids + "\"x\":1}",
            "{\"type\":\"resume\",\"cursors\":{\"11111111-1111-1111-1111-111111111111\":-1}}",
            "{\"x\":" + "[".repeat(5_000) + "]".repeat(5_000) + ",\"type\":\"ping\"}")) {
      var refusal =
          assertThrows(
              ApiError.class, () -> new FrameReader().read(Encoding.JSON, frame.getBytes()), frame);
      assertEquals(ErrorCode.INVALID_REQUEST, refusal.code(), frame);
    }
  }

  private static void readOrRefuse(Encoding encoding, byte[] bytes) {
    var reader = new FrameReader();
    try {
      reader.read(encoding, bytes);
    } catch (ApiError e) {
      if (e.code() != ErrorCode.INVALID_REQUEST && e.code() != ErrorCode.PAYLOAD_TOO_LARGE) {
        throw new AssertionError(encoding + " " + Base64.getEncoder().encodeToString(bytes), e);
      }
    } catch (RuntimeException e) {
      throw new AssertionError(encoding + " " + Base64.getEncoder().encodeToString(bytes), e);
    }
  }

  private ClientFrame frame() {
    long id = random.nextInt(4) == 0 ? ServerFrame.NO_ID : random.nextLong() >> random.nextInt(64);
    return switch (random.nextInt(5)) {
      case 0 ->
          new ClientFrame.Send(
              id, uuid(), uuid(), bytes(), random.nextBoolean() ? "text/ไทย😀" : null, seq());
      case 1 -> new ClientFrame.Acknowledge(id, uuid(), seq(), random.nextBoolean());
      case 2 -> new ClientFrame.Typing(id, uuid(), random.nextBoolean());
      case 3 -> {
        Map<UUID, Long> cursors = new HashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
          cursors.put(uuid(), seq());
        }
        yield new ClientFrame.Resume(id, cursors);
      }
      default -> new ClientFrame.Ping(id);
    };
  }

  private static Map<String, Object> fields(ClientFrame frame) {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (frame.id() != ServerFrame.NO_ID) {
      fields.put("id", frame.id());
    }
    switch (frame) {
      case ClientFrame.Send f -> {
        fields.put("type", "send");
        fields.put("conversation_id", f.conversationId().toString());
        fields.put("client_message_id", f.clientMessageId().toString());
        fields.put("content", f.content());
        fields.put("content_type", f.contentType());
        fields.put("reply_to_seq", f.replyToSeq() == 0 ? null : f.replyToSeq());
      }
      case ClientFrame.Acknowledge f -> {
        fields.put("type", f.read() ? "read" : "delivered");
        fields.put("conversation_id", f.conversationId().toString());
        fields.put("seq", f.seq());
      }
      case ClientFrame.Typing f -> {
        fields.put("type", "typing");
        fields.put("conversation_id", f.conversationId().toString());
        fields.put("active", f.active());
      }
      case ClientFrame.Resume f -> {
        fields.put("type", "resume");
        Map<String, Object> cursors = new HashMap<>();
        f.cursors().forEach((id, seq) -> cursors.put(id.toString(), seq));
        fields.put("cursors", cursors);
      }
      case ClientFrame.Ping _ -> fields.put("type", "ping");
    }
    return fields;
  }

  private void noise(Map<String, Object> fields) {
    Object[] values = {
      null,
      1,
      -1.5,
      "x",
      true,
      List.of(1, List.of(2)),
      Map.of("type", "ping", "id", Map.of("a", 1)),
      bytes()
    };
    for (int i = random.nextInt(4); i > 0; i--) {
      fields.put("unknown_" + random.nextInt(100), values[random.nextInt(values.length)]);
    }
  }

  private Map<String, Object> shuffled(Map<String, Object> fields) {
    List<String> names = new ArrayList<>(fields.keySet());
    Collections.shuffle(names, random);
    Map<String, Object> shuffled = new LinkedHashMap<>();
    names.forEach(name -> shuffled.put(name, fields.get(name)));
    return shuffled;
  }

  private static byte[] encoded(Encoding encoding, Map<String, Object> fields) {
    return (encoding == Encoding.JSON ? JSON : CBOR).writeValueAsBytes(fields);
  }

  private static void assertSame(ClientFrame expected, ClientFrame read, String what) {
    if (expected instanceof ClientFrame.Send one) { // records compare arrays by identity
      ClientFrame.Send other = assertInstanceOf(ClientFrame.Send.class, read, what);
      assertArrayEquals(one.content(), other.content(), what);
      assertEquals(one.draft(CALLER).key(), other.draft(CALLER).key(), what);
      assertEquals(one.contentType(), other.contentType(), what);
      assertEquals(one.replyToSeq(), other.replyToSeq(), what);
      assertEquals(one.id(), other.id(), what);
    } else {
      assertEquals(expected, read, what);
    }
  }

  private UUID uuid() {
    return new UUID(random.nextLong(), random.nextLong());
  }

  private long seq() {
    return random.nextLong(Long.MAX_VALUE) >> random.nextInt(63);
  }

  private byte[] bytes() {
    byte[] bytes = new byte[random.nextInt(40)];
    random.nextBytes(bytes);
    return bytes;
  }
}
