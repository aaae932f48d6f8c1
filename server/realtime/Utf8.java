package server.realtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/// Whether bytes are UTF-8, which a text frame must be.
final class Utf8 {
  private Utf8() {}

  /// Nearly all frames are ASCII: ids, and content as base64. Only others are decoded.
  static boolean valid(byte[] bytes) {
    byte all = 0;
    for (byte each : bytes) {
      all |= each;
    }
    if (all >= 0) {
      return true;
    }
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException _) {
      return false;
    }
  }
}
