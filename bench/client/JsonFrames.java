package bench.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Base64;
import java.util.Map;
import java.util.UUID;

/// Frames as JSON: read by walking over the text once, written from ready-made pieces.
final class JsonFrames extends FrameWriter {
  private static final byte[] SEND = ascii("{\"type\":\"send\",\"id\":");
  private static final byte[] TYPE = ascii("{\"type\":\"");
  private static final byte[] ID = ascii("\",\"id\":");
  private static final byte[] CONVERSATION = ascii(",\"conversation_id\":\"");
  private static final byte[] CONVERSATION_AFTER_TYPE = ascii("\",\"conversation_id\":\"");
  private static final byte[] CLIENT_ID = ascii("\",\"client_message_id\":\"");
  private static final byte[] CONTENT = ascii("\",\"content\":\"");
  private static final byte[] SEQ = ascii("\",\"seq\":");
  private static final byte[] ACTIVE = ascii("\",\"active\":");
  private static final byte[] CURSORS = ascii(",\"cursors\":{");
  private static final byte[] END_STRING = ascii("\"}");
  private static final byte[] END = ascii("}");
  private static final int MAX_DIGITS = 20;

  private static byte[] ascii(String text) {
    return text.getBytes(ISO_8859_1);
  }

  @Override
  void send(long id, UUID conversation, long idHigh, long idLow, byte[] content) {
    length = 0;
    put(SEND);
    number(id);
    put(CONVERSATION);
    uuid(conversation.getMostSignificantBits(), conversation.getLeastSignificantBits());
    put(CLIENT_ID);
    uuid(idHigh, idLow);
    put(CONTENT);
    put(Base64.getEncoder().encode(content));
    put(END_STRING);
  }

  @Override
  void acknowledge(String type, UUID conversation, long seq) {
    length = 0;
    put(TYPE);
    put(ascii(type));
    put(CONVERSATION_AFTER_TYPE);
    uuid(conversation.getMostSignificantBits(), conversation.getLeastSignificantBits());
    put(SEQ);
    number(seq);
    put(END);
  }

  @Override
  void resume(long id, Map<UUID, Long> cursors) {
    length = 0;
    put(TYPE);
    put(ascii("resume"));
    put(ID);
    number(id);
    if (!cursors.isEmpty()) {
      put(CURSORS);
      String between = "\"";
      for (var cursor : cursors.entrySet()) {
        put(ascii(between + cursor.getKey() + "\":" + cursor.getValue()));
        between = ",\"";
      }
      put(END);
    }
    put(END);
  }

  @Override
  void typing(UUID conversation, boolean active) {
    length = 0;
    put(TYPE);
    put(ascii("typing"));
    put(CONVERSATION_AFTER_TYPE);
    uuid(conversation.getMostSignificantBits(), conversation.getLeastSignificantBits());
    put(ACTIVE);
    put(ascii(active + "}"));
  }

  @Override
  void ping(long id) {
    length = 0;
    put(TYPE);
    put(ascii("ping"));
    put(ID);
    number(id);
    put(END);
  }

  private void number(long value) {
    room(MAX_DIGITS);
    if (value < 0) {
      put(ascii(Long.toString(value)));
      return;
    }
    int digits = 1;
    for (long rest = value; rest > 9; rest /= 10) {
      digits++;
    }
    long rest = value;
    for (int at = length + digits - 1; at >= length; at--) {
      bytes[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += digits;
  }

  static void scan(byte[] bytes, int from, int to, Frame into) {
    int at = from + 1; // behind the opening brace
    while (at < to && bytes[at] != '}') {
      if (bytes[at] != '"') {
        at++; // a comma, or blanks
        continue;
      }
      int nameEnd = stringEnd(bytes, at + 1, to);
      int value = nameEnd + 1;
      while (bytes[value] == ':' || bytes[value] == ' ') {
        value++;
      }
      int end = valueEnd(bytes, value, to);
      int quote = bytes[value] == '"' ? 1 : 0;
      if (Encoding.isType(bytes, at + 1, nameEnd)) {
        into.type(value + quote, end - quote);
      } else {
        var field = Encoding.field(bytes, at + 1, nameEnd);
        if (field != null) {
          into.field(field, value + quote, end - quote);
        }
      }
      at = end;
    }
  }

  /// Where the closing quote of the string is whose first character stands at `from`.
  private static int stringEnd(byte[] bytes, int from, int to) {
    for (int at = from; at < to; at++) {
      if (bytes[at] == '"') {
        return at;
      }
      if (bytes[at] == '\\') {
        at++;
      }
    }
    throw new IllegalStateException("a string without an end");
  }

  /// Behind the value at `from`.
  private static int valueEnd(byte[] bytes, int from, int to) {
    int depth = 0;
    for (int at = from; at < to; at++) {
      switch (bytes[at]) {
        case '"' -> {
          at = stringEnd(bytes, at + 1, to);
          if (depth == 0) {
            return at + 1;
          }
        }
        case '{', '[' -> depth++;
        case ',' -> {
          if (depth == 0) {
            return at;
          }
        }
        case '}', ']' -> {
          if (depth == 0) {
            return at;
          }
          if (--depth == 0) {
            return at + 1;
          }
        }
        default -> {}
      }
    }
    throw new IllegalStateException("a value without an end");
  }

  static long number(byte[] bytes, int from, int to) {
    boolean negative = bytes[from] == '-';
    long value = 0;
    for (int at = negative ? from + 1 : from; at < to && bytes[at] >= '0'; at++) {
      value = value * 10 + bytes[at] - '0';
    }
    return negative ? -value : value;
  }

  static void cursors(byte[] bytes, int from, int to, Map<UUID, Long> into) {
    for (int at = from; at < to; at++) {
      if (bytes[at] == '"') {
        int end = stringEnd(bytes, at + 1, to);
        int value = end + 2; // behind quote and colon
        int valueEnd = valueEnd(bytes, value, to);
        into.put(Frame.uuid(bytes, at + 1, end), number(bytes, value, valueEnd));
        at = valueEnd;
      }
    }
  }
}
