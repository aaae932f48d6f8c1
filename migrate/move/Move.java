package migrate.move;

import java.time.Instant;
import java.util.UUID;

/// A move as its row tells it. No field is null; URLs are masked.
///
/// @param mover the number of the program that works on it: a row is only changed by its own
public record Move(
    UUID id,
    Subject subject,
    Phase phase,
    String source,
    String target,
    long mover,
    Instant startedAt,
    Instant changedAt) {}
