package ci.check;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;

/// What the checker's messages say: their own number, so that it is told from their content alone
/// which message it is and whether every byte of it is right.
///
/// A second `variant` of a message has its key and other bytes: only a retry has it, and it must
/// never be stored.
record Content(long seed) {
  /// Not a message of this run, or with a byte that is wrong.
  static final int FOREIGN = -1;

  private static final int HEAD_BYTES = 1 + 4 + 8;
  private static final int MAX_MORE_BYTES = 200; // contents of several lengths, small ones mostly
  private static final long UUID_VERSION_4 = 0x4000;
  private static final long UUID_VARIANT = 0x8000_0000_0000_0000L;

  byte[] of(int message, int variant) {
    long mixed = mix(message, variant);
    byte[] bytes = new byte[HEAD_BYTES + (int) Long.remainderUnsigned(mixed, MAX_MORE_BYTES)];
    ByteBuffer.wrap(bytes).put((byte) variant).putInt(message).putLong(mixed);
    long more = mixed;
    for (int i = HEAD_BYTES; i < bytes.length; i++) {
      more = more * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
      bytes[i] = (byte) (more >>> 56);
    }
    return bytes;
  }

  /// Which message this is: its number, [#retried] for its second variant, [#FOREIGN] for none.
  int read(byte[] bytes) {
    if (bytes.length < HEAD_BYTES) {
      return FOREIGN;
    }
    int message = ByteBuffer.wrap(bytes, 1, 4).getInt();
    if (message < 0 || !Arrays.equals(bytes, of(message, bytes[0]))) {
      return FOREIGN;
    }
    return bytes[0] == 0 ? message : retried(message);
  }

  /// How a message with the content of its retry is numbered; the same function leads back.
  static int retried(int message) {
    return -2 - message;
  }

  /// The number of the message, whichever of its contents this is.
  static int number(int read) {
    return read < FOREIGN ? retried(read) : read;
  }

  UUID key(int message) {
    return new UUID(seed << 16 | UUID_VERSION_4, UUID_VARIANT | message);
  }

  private long mix(int message, int variant) {
    long z = seed * 0x9E37_79B9_7F4A_7C15L + message * 2L + variant;
    z = (z ^ z >>> 30) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
    return z ^ z >>> 31;
  }
}
