package server.realtime;

import java.io.ByteArrayOutputStream;

/// Puts one socket's frames together, which come in pieces when they are large. Holds at most one
/// frame. Not thread-safe: a socket's pieces come one at a time.
final class FrameParts {
  /// The contract's bound for a frame.
  static final int MAX_FRAME_BYTES = 128 * 1024;

  private ByteArrayOutputStream begun; // null between frames

  /// Whether the frame would be too large with this piece.
  boolean exceededBy(byte[] part) {
    return part.length + (begun == null ? 0 : begun.size()) > MAX_FRAME_BYTES;
  }

  /// Adds a piece; a frame of one piece is not copied.
  ///
  /// @return the whole frame when `last`, else null
  byte[] add(byte[] part, boolean last) {
    if (begun == null && last) {
      return part;
    }
    if (begun == null) {
      begun = new ByteArrayOutputStream(2 * part.length);
    }
    begun.writeBytes(part);
    byte[] whole = last ? begun.toByteArray() : null;
    begun = last ? null : begun;
    return whole;
  }
}
