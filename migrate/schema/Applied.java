package migrate.schema;

import java.time.Duration;
import java.time.Instant;
import migrate.schema.Directives.Phase;

/// A line of the history: a step that was applied and not undone since.
///
/// @param duration how long it took
/// @param by the database user, and who on which machine ran it
/// @param phase which side of a release it belongs to, as it was when it was applied
public record Applied(
    int version,
    String name,
    String checksum,
    Instant at,
    Duration duration,
    String by,
    Phase phase) {}
