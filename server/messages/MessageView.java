package server.messages;

import java.time.Instant;
import java.util.UUID;

/// A message in the JSON of HTTP: the fields of the `message` frame.
///
/// @param contentType left out when null
/// @param replyToSeq left out when null
public record MessageView(
    UUID conversationId,
    long seq,
    UUID senderUserId,
    UUID senderDeviceId,
    UUID clientMessageId,
    byte[] content,
    String contentType,
    Long replyToSeq,
    Instant sentAt) {
  /// The JSON form of a stored message.
  public static MessageView of(Message message) {
    return new MessageView(
        message.conversationId(),
        message.seq(),
        message.senderUserId(),
        message.senderDeviceId(),
        message.clientMessageId(),
        message.content(),
        message.contentType(),
        message.replyToSeq() == 0 ? null : message.replyToSeq(),
        message.sentAt());
  }
}
