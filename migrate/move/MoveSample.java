package migrate.move;

import java.time.Instant;

/// What a small commit took, once.
///
/// @param at when it was begun, by this process's clock
public record MoveSample(Instant at, long nanos) {}
