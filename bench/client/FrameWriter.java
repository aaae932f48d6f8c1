package bench.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.Map;
import java.util.UUID;

/// Writes the client's frames into an array that is used again: valid until the next one. For one
/// thread.
abstract class FrameWriter {
  private static final int FIRST_BYTES = 1024; // a send of 256 bytes takes half of it
  private static final byte[] DIGITS = "0123456789abcdef".getBytes(ISO_8859_1);

  byte[] bytes = new byte[FIRST_BYTES];
  int length;

  abstract void send(long id, UUID conversation, long idHigh, long idLow, byte[] content);

  /// @param type `delivered` or `read`
  abstract void acknowledge(String type, UUID conversation, long seq);

  abstract void resume(long id, Map<UUID, Long> cursors);

  abstract void typing(UUID conversation, boolean active);

  abstract void ping(long id);

  final void room(int more) {
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }

  final void put(byte[] part) {
    room(part.length);
    System.arraycopy(part, 0, bytes, length, part.length);
    length += part.length;
  }

  final void uuid(long high, long low) {
    room(36);
    int at = length;
    at = hex(high >>> 32, 8, at);
    bytes[at++] = '-';
    at = hex(high >>> 16, 4, at);
    bytes[at++] = '-';
    at = hex(high, 4, at);
    bytes[at++] = '-';
    at = hex(low >>> 48, 4, at);
    bytes[at++] = '-';
    length = hex(low, 12, at);
  }

  private int hex(long value, int digits, int at) {
    for (int i = 0; i < digits; i++) {
      bytes[at + i] = DIGITS[(int) (value >>> 4 * (digits - 1 - i)) & 15];
    }
    return at + digits;
  }
}
