package bench.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/// One frame of the server, as a view of the bytes it came in: fields are found by scanning, and
/// read when asked for. No tree, and no object but what is asked for.
///
/// One instance is used again for every frame of an event loop: it is valid only inside the call of
/// the [Listener] that was given it. Asking for a field that the frame does not have throws
/// `IllegalStateException`; so does a frame that is not of the contract.
public final class Frame {
  /// The types that a client acts on.
  public enum Type {
    WELCOME,
    SENT,
    MESSAGE,
    CAUGHT_UP,
    ERROR,
    RECEIPT,
    TYPING,
    PRESENCE,
    CONVERSATION,
    PONG,
    /// None of the contract.
    UNKNOWN;

    static Type named(byte[] bytes, int from, int to) {
      return switch (to - from) {
        case 4 -> bytes[from] == 's' ? SENT : bytes[from] == 'p' ? PONG : UNKNOWN;
        case 5 -> bytes[from] == 'e' ? ERROR : UNKNOWN;
        case 6 -> bytes[from] == 't' ? TYPING : UNKNOWN;
        case 7 ->
            switch (bytes[from]) {
              case 'm' -> MESSAGE;
              case 'w' -> WELCOME;
              case 'r' -> RECEIPT;
              default -> UNKNOWN;
            };
        case 8 -> bytes[from] == 'p' ? PRESENCE : UNKNOWN;
        case 9 -> bytes[from] == 'c' ? CAUGHT_UP : UNKNOWN;
        case 12 -> bytes[from] == 'c' ? CONVERSATION : UNKNOWN;
        default -> UNKNOWN;
      };
    }
  }

  /// The fields that are kept; others are passed over.
  enum Field {
    ID,
    CONVERSATION_ID,
    CLIENT_MESSAGE_ID,
    SEQ,
    SENT_AT,
    CONTENT,
    SENDER_DEVICE_ID,
    SENDER_USER_ID,
    DEVICE_ID,
    USER_ID,
    WINDOW,
    ERROR_CODE,
    RETRY_AFTER_SECONDS,
    DELIVERED_SEQ,
    READ_SEQ,
    CURSORS
  }

  private static final byte[] HEX = new byte[128];

  static {
    Arrays.fill(HEX, (byte) -1);
    for (int i = 0; i < 16; i++) {
      HEX[Character.forDigit(i, 16)] = (byte) i;
      HEX[Character.toUpperCase(Character.forDigit(i, 16))] = (byte) i;
    }
  }

  private static final int UUID_CHARS = 36;

  private final int[] starts = new int[Field.values().length];
  private final int[] ends = new int[Field.values().length];
  private byte[] bytes;
  private Type type;
  private Encoding encoding;

  void reset(byte[] of, Encoding as) {
    bytes = of;
    encoding = as;
    type = Type.UNKNOWN;
    Arrays.fill(starts, -1);
  }

  void type(int from, int to) {
    type = Type.named(bytes, from, to);
  }

  void field(Field field, int from, int to) {
    starts[field.ordinal()] = from;
    ends[field.ordinal()] = to;
  }

  /// The frame's `type`.
  public Type type() {
    return type;
  }

  /// Whether it answers a frame of the client's that had an `id`.
  public boolean hasId() {
    return has(Field.ID);
  }

  /// The `id` of the client's frame that it answers.
  public long id() {
    return number(Field.ID);
  }

  public UUID conversationId() {
    return uuid(Field.CONVERSATION_ID);
  }

  public UUID clientMessageId() {
    return uuid(Field.CLIENT_MESSAGE_ID);
  }

  /// The first 64 bits of the client message id, without an object.
  public long clientMessageIdHigh() {
    return half(Field.CLIENT_MESSAGE_ID, 0, 18);
  }

  /// The last 64 bits of the client message id, without an object.
  public long clientMessageIdLow() {
    return half(Field.CLIENT_MESSAGE_ID, 19, UUID_CHARS);
  }

  public long seq() {
    return number(Field.SEQ);
  }

  public UUID senderDeviceId() {
    return uuid(Field.SENDER_DEVICE_ID);
  }

  public UUID senderUserId() {
    return uuid(Field.SENDER_USER_ID);
  }

  /// Of a welcome and of a receipt.
  public UUID deviceId() {
    return uuid(Field.DEVICE_ID);
  }

  /// Messages that may be unacknowledged; of a welcome.
  public int window() {
    return (int) number(Field.WINDOW);
  }

  /// When the server stored it, as it wrote it.
  public String sentAtText() {
    return text(Field.SENT_AT);
  }

  /// When the server stored it.
  public Instant sentAt() {
    return Instant.parse(sentAtText());
  }

  public String errorCode() {
    return text(Field.ERROR_CODE);
  }

  /// 0 when the server names none.
  public long retryAfterSeconds() {
    return has(Field.RETRY_AFTER_SECONDS) ? number(Field.RETRY_AFTER_SECONDS) : 0;
  }

  public long deliveredSeq() {
    return number(Field.DELIVERED_SEQ);
  }

  public long readSeq() {
    return number(Field.READ_SEQ);
  }

  /// The content's bytes, a copy.
  public byte[] content() {
    int from = start(Field.CONTENT);
    byte[] raw = Arrays.copyOfRange(bytes, from, ends[Field.CONTENT.ordinal()]);
    return encoding == Encoding.CBOR ? raw : Base64.getDecoder().decode(raw);
  }

  /// The cursors of a `caught_up`.
  public Map<UUID, Long> cursors() {
    Map<UUID, Long> cursors = new HashMap<>();
    encoding.cursors(bytes, start(Field.CURSORS), ends[Field.CURSORS.ordinal()], cursors);
    return cursors;
  }

  boolean has(Field field) {
    return starts[field.ordinal()] >= 0;
  }

  private int start(Field field) {
    int from = starts[field.ordinal()];
    if (from < 0) {
      throw new IllegalStateException(
          "the server's " + type + " frame has no " + field.name().toLowerCase());
    }
    return from;
  }

  String text(Field field) {
    int from = start(field);
    return new String(bytes, from, ends[field.ordinal()] - from, UTF_8);
  }

  private long number(Field field) {
    int from = start(field);
    return encoding.number(bytes, from, ends[field.ordinal()]);
  }

  private UUID uuid(Field field) {
    int from = start(field);
    return uuid(bytes, from, ends[field.ordinal()]);
  }

  private long half(Field field, int from, int to) {
    int at = start(field);
    return hex(bytes, at + from, at + to);
  }

  static UUID uuid(byte[] bytes, int from, int to) {
    if (to - from != UUID_CHARS) {
      throw new IllegalStateException("not a UUID: " + new String(bytes, from, to - from, UTF_8));
    }
    return new UUID(hex(bytes, from, from + 18), hex(bytes, from + 19, to));
  }

  private static long hex(byte[] bytes, int from, int to) {
    long value = 0;
    for (int i = from; i < to; i++) {
      int digit = bytes[i] == '-' ? -1 : HEX[bytes[i]];
      value = digit < 0 ? value : value << 4 | digit;
    }
    return value;
  }

  @Override
  public String toString() {
    var text = new StringBuilder(type.name());
    for (Field field : Field.values()) {
      if (has(field)) {
        int end = ends[field.ordinal()];
        text.append(' ').append(field.name().toLowerCase()).append(" at ");
        text.append(starts[field.ordinal()]).append('-').append(end);
      }
    }
    return text.toString();
  }
}
