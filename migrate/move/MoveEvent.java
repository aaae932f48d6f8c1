package migrate.move;

import java.time.Instant;

/// A line of a move's time line.
///
/// @param at by the clock of the database that keeps it
public record MoveEvent(Instant at, String event, String detail) {}
