package server.messages;

import java.util.UUID;

/// A device says how far it is. Read implies delivered.
///
/// @param deliveredSeq at least `readSeq`
/// @param readSeq 0 when nothing is said about reading
public record Acknowledgement(
    UUID conversationId, UUID userId, UUID deviceId, long deliveredSeq, long readSeq) {}
