package bench.client;

import bench.client.Frame.Field;
import java.util.Map;
import java.util.UUID;

/// The two ways in which frames travel; see [JsonFrames] and [CborFrames]. Thread-safe.
public enum Encoding {
  JSON("vyry.v1.json"),
  CBOR("vyry.v1.cbor");

  private final String subProtocol;

  Encoding(String subProtocol) {
    this.subProtocol = subProtocol;
  }

  /// What a client asks for.
  public String subProtocol() {
    return subProtocol;
  }

  /// The WebSocket opcode of its frames.
  int opCode() {
    return this == JSON ? 1 : 2;
  }

  /// Finds the fields of the frame at `from` until `to`.
  void scan(byte[] bytes, int from, int to, Frame into) {
    into.reset(bytes, this);
    if (this == JSON) {
      JsonFrames.scan(bytes, from, to, into);
    } else {
      CborFrames.scan(bytes, from, to, into);
    }
  }

  long number(byte[] bytes, int from, int to) {
    return this == JSON ? JsonFrames.number(bytes, from, to) : CborFrames.number(bytes, from);
  }

  void cursors(byte[] bytes, int from, int to, Map<UUID, Long> into) {
    if (this == JSON) {
      JsonFrames.cursors(bytes, from, to, into);
    } else {
      CborFrames.cursors(bytes, from, to, into);
    }
  }

  /// Something to write the client's frames with; for one thread.
  FrameWriter writer() {
    return this == JSON ? new JsonFrames() : new CborFrames();
  }

  /// Which of the kept fields has this name; null: none. The names of the contract differ in length
  /// or in the letters looked at; a foreign one that agrees in both would be taken for ours, which
  /// a client of our own server may risk.
  static Field field(byte[] bytes, int from, int to) {
    byte first = bytes[from];
    return switch (to - from) {
      case 2 -> Field.ID;
      case 3 -> Field.SEQ;
      case 6 -> Field.WINDOW;
      case 7 ->
          switch (first) {
            case 's' -> Field.SENT_AT;
            case 'u' -> Field.USER_ID;
            case 'c' -> bytes[from + 1] == 'o' ? Field.CONTENT : Field.CURSORS;
            default -> null;
          };
      case 8 -> first == 'r' ? Field.READ_SEQ : null;
      case 9 -> first == 'd' ? Field.DEVICE_ID : null;
      case 10 -> first == 'e' ? Field.ERROR_CODE : null;
      case 13 -> first == 'd' ? Field.DELIVERED_SEQ : null;
      case 14 -> first == 's' ? Field.SENDER_USER_ID : null;
      case 15 -> first == 'c' ? Field.CONVERSATION_ID : null;
      case 16 -> first == 's' ? Field.SENDER_DEVICE_ID : null;
      case 17 -> first == 'c' ? Field.CLIENT_MESSAGE_ID : null;
      case 19 -> first == 'r' ? Field.RETRY_AFTER_SECONDS : null;
      default -> null;
    };
  }

  static boolean isType(byte[] bytes, int from, int to) {
    return to - from == 4 && bytes[from] == 't' && bytes[from + 1] == 'y';
  }
}
