package migrate.move.messages;

import java.time.Instant;
import java.util.UUID;

/// A message as every store keeps it: what one has, the other gets.
///
/// @param sentAt to the millisecond
/// @param replyToSeq 0 for none
/// @param contentType null for none
/// @param content not copied; nobody changes it
public record StoredMessage(
    UUID conversationId,
    long seq,
    UUID senderUserId,
    UUID senderDeviceId,
    UUID clientMessageId,
    Instant sentAt,
    long replyToSeq,
    String contentType,
    byte[] content) {
  /// What its columns take beside its content, about.
  private static final int ROW_BYTES = 120;

  /// About how much it takes on the way.
  public int bytes() {
    return ROW_BYTES + content.length;
  }
}
