package server.messages;

import java.time.Instant;
import java.util.UUID;

/// One entry of a conversation's log. Immutable once stored; the arrays are shared, never written.
///
/// @param seq its place, 1, 2, 3 … without gaps
/// @param sentAt when the store took it, milliseconds
/// @param replyToSeq the seq it answers, 0 for none
/// @param contentType what the client said the content is, or null
/// @param content opaque bytes, at most 64 KiB
public record Message(
    UUID conversationId,
    long seq,
    UUID senderUserId,
    UUID senderDeviceId,
    UUID clientMessageId,
    Instant sentAt,
    long replyToSeq,
    String contentType,
    byte[] content) {}
