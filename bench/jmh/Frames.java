package bench.jmh;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Random;
import java.util.UUID;
import server.http.Caller;
import server.messages.Message;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.cbor.CBORMapper;

/// What codecs are measured with: one message, and its frames as records that Jackson reads and
/// writes by itself, the way most programs would.
final class Frames {
  private static final long SEED = 1;

  /// A `send` frame.
  record Send(
      String type,
      long id,
      @JsonProperty("conversation_id") String conversationId,
      @JsonProperty("client_message_id") String clientMessageId,
      byte[] content,
      @JsonProperty("content_type") @JsonInclude(JsonInclude.Include.NON_NULL)
          String contentType) {}

  /// A `message` frame.
  record Delivered(
      String type,
      @JsonProperty("conversation_id") String conversationId,
      long seq,
      @JsonProperty("sender_user_id") String senderUserId,
      @JsonProperty("sender_device_id") String senderDeviceId,
      @JsonProperty("client_message_id") String clientMessageId,
      byte[] content,
      @JsonProperty("sent_at") String sentAt) {}

  private static final Random RANDOM = new Random(SEED);

  private Frames() {}

  /// Jackson as it comes out of the box.
  static ObjectMapper mapper(String encoding) {
    return encoding.equals("json") ? new JsonMapper() : new CBORMapper();
  }

  /// The encoding's name on the wire.
  static String subProtocol(String encoding) {
    return "vyry.v1." + encoding;
  }

  static Caller caller() {
    return new Caller(id(), id(), id());
  }

  static Message message(UUID conversation, Caller sender, long seq, int payloadBytes) {
    return new Message(
        conversation,
        seq,
        sender.userId(),
        sender.deviceId(),
        id(),
        Instant.now().truncatedTo(ChronoUnit.MILLIS),
        0,
        null,
        content(payloadBytes));
  }

  /// Random, as what is encrypted looks.
  static byte[] content(int bytes) {
    byte[] content = new byte[bytes];
    synchronized (RANDOM) {
      RANDOM.nextBytes(content);
    }
    return content;
  }

  static UUID id() {
    synchronized (RANDOM) {
      return new UUID(RANDOM.nextLong() & ~0xf000L | 0x4000L, RANDOM.nextLong() >>> 2 | 1L << 63);
    }
  }
}
