package server.messages;

import java.time.Instant;

/// A cursor, and when it passed the message that was asked about.
///
/// @param deliveredAt null when it has not, or none was asked about
/// @param readAt likewise
public record Receipt(Cursor cursor, Instant deliveredAt, Instant readAt) {}
