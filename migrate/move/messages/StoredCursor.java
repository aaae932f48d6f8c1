package migrate.move.messages;

import java.util.UUID;

/// A device's place in a conversation. Neither seq ever falls.
public record StoredCursor(
    UUID conversationId, UUID userId, UUID deviceId, long deliveredSeq, long readSeq) {}
