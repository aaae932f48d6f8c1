package migrate.move.messages;

import java.time.Instant;
import java.util.UUID;

/// When a device's cursor reached a place.
///
/// @param reachedAt to the microsecond
public record StoredReceipt(
    UUID conversationId,
    UUID userId,
    UUID deviceId,
    long deliveredSeq,
    long readSeq,
    Instant reachedAt) {}
