package server.messages;

import java.util.UUID;

/// How far one device is in one conversation: cumulative, never falling.
///
/// @param readSeq at most `deliveredSeq`; 0 for nothing read
public record Cursor(
    UUID conversationId, UUID userId, UUID deviceId, long deliveredSeq, long readSeq) {}
