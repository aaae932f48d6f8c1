package bench.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Map;
import java.util.UUID;

/// Frames as CBOR (RFC 8949): what Jackson writes and reads, maps of definite or indefinite length
/// with text keys, ids as text, content as bytes.
final class CborFrames extends FrameWriter {
  private static final int UNSIGNED = 0;
  private static final int NEGATIVE = 1;
  private static final int BYTES = 2;
  private static final int TEXT = 3;
  private static final int ARRAY = 4;
  private static final int MAP = 5;
  private static final int INDEFINITE = 31;
  private static final byte BREAK = (byte) 0xFF;
  private static final byte TRUE = (byte) 0xF5;
  private static final byte FALSE = (byte) 0xF4;
  private static final int MAX_HEAD_BYTES = 9;

  @Override
  void send(long id, UUID conversation, long idHigh, long idLow, byte[] content) {
    begin("send", 5);
    text("id");
    number(id);
    conversation(conversation);
    text("client_message_id");
    head(TEXT, 36);
    uuid(idHigh, idLow);
    text("content");
    head(BYTES, content.length);
    put(content);
  }

  @Override
  void acknowledge(String type, UUID conversation, long seq) {
    begin(type, 3);
    conversation(conversation);
    text("seq");
    number(seq);
  }

  @Override
  void resume(long id, Map<UUID, Long> cursors) {
    begin("resume", 3);
    text("id");
    number(id);
    text("cursors");
    head(MAP, cursors.size());
    cursors.forEach((conversation, seq) -> {
      text(conversation.toString());
      number(seq);
    });
  }

  @Override
  void typing(UUID conversation, boolean active) {
    begin("typing", 3);
    conversation(conversation);
    text("active");
    room(1);
    bytes[length++] = active ? TRUE : FALSE;
  }

  @Override
  void ping(long id) {
    begin("ping", 2);
    text("id");
    number(id);
  }

  private void begin(String type, int fields) {
    length = 0;
    head(MAP, fields);
    text("type");
    text(type);
  }

  private void conversation(UUID id) {
    text("conversation_id");
    head(TEXT, 36);
    uuid(id.getMostSignificantBits(), id.getLeastSignificantBits());
  }

  private void text(String text) {
    byte[] ascii = text.getBytes(ISO_8859_1);
    head(TEXT, ascii.length);
    put(ascii);
  }

  private void number(long value) {
    if (value < 0) {
      head(NEGATIVE, ~value);
    } else {
      head(UNSIGNED, value);
    }
  }

  private void head(int major, long value) {
    room(MAX_HEAD_BYTES);
    int tag = major << 5;
    if (value < 24) {
      bytes[length++] = (byte) (tag | value);
      return;
    }
    int size = value < 1 << 8 ? 0 : value < 1 << 16 ? 1 : value < 1L << 32 ? 2 : 3;
    bytes[length++] = (byte) (tag | 24 + size);
    for (int shift = (8 << size) - 8; shift >= 0; shift -= 8) {
      bytes[length++] = (byte) (value >>> shift);
    }
  }

  static void scan(byte[] bytes, int from, int to, Frame into) {
    int at = content(bytes, from);
    while (at < to && bytes[at] != BREAK) {
      int name = content(bytes, at);
      int value = name + (int) argument(bytes, at);
      int end = end(bytes, value);
      if (Encoding.isType(bytes, name, value)) {
        into.type(content(bytes, value), end);
      } else {
        var field = Encoding.field(bytes, name, value);
        if (field != null) {
          boolean string = major(bytes[value]) == TEXT || major(bytes[value]) == BYTES;
          into.field(field, string ? content(bytes, value) : value, end);
        }
      }
      at = end;
    }
  }

  static long number(byte[] bytes, int at) {
    long value = argument(bytes, at);
    return major(bytes[at]) == NEGATIVE ? ~value : value;
  }

  static void cursors(byte[] bytes, int from, int to, Map<UUID, Long> into) {
    int at = content(bytes, from);
    while (at < to && bytes[at] != BREAK) {
      int name = content(bytes, at);
      int value = name + (int) argument(bytes, at);
      into.put(Frame.uuid(bytes, name, value), number(bytes, value));
      at = end(bytes, value);
    }
  }

  private static int major(byte head) {
    return (head & 0xFF) >>> 5;
  }

  /// Behind the head at `at`.
  private static int content(byte[] bytes, int at) {
    int low = bytes[at] & 31;
    return at + (low < 24 || low == INDEFINITE ? 1 : 1 + (1 << low - 24));
  }

  private static long argument(byte[] bytes, int at) {
    int low = bytes[at] & 31;
    if (low < 24) {
      return low;
    }
    long value = 0;
    for (int i = at + 1; i < content(bytes, at); i++) {
      value = value << 8 | bytes[i] & 0xFF;
    }
    return value;
  }

  /// Behind the item at `at`.
  private static int end(byte[] bytes, int at) {
    int next = content(bytes, at);
    boolean open = (bytes[at] & 31) == INDEFINITE;
    return switch (major(bytes[at])) {
      case BYTES, TEXT -> open ? closed(bytes, next) : next + (int) argument(bytes, at);
      case ARRAY -> open ? closed(bytes, next) : behind(bytes, next, argument(bytes, at));
      case MAP -> open ? closed(bytes, next) : behind(bytes, next, 2 * argument(bytes, at));
      default -> next;
    };
  }

  private static int closed(byte[] bytes, int at) {
    int next = at;
    while (bytes[next] != BREAK) {
      next = end(bytes, next);
    }
    return next + 1;
  }

  private static int behind(byte[] bytes, int at, long items) {
    int next = at;
    for (long i = 0; i < items; i++) {
      next = end(bytes, next);
    }
    return next;
  }
}
