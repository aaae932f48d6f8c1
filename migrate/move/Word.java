package migrate.move;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/// The newest word to all nodes about one database.
///
/// @param epoch grows with each word about this database
/// @param url sealed; of the database that the word is about
/// @param patience after which a node that hears no next word asks for the outcome by itself
public record Word(
    Subject subject,
    long epoch,
    Command command,
    Optional<UUID> moveId,
    Optional<byte[]> url,
    Duration patience) {

  /// What nodes are to do.
  public enum Command {
    /// This is the database; serve from it.
    OPEN,
    /// This database is being filled and is not to be served from.
    INCOMING,
    /// Open connections to `url`, and answer when they are there.
    PREPARE,
    /// Let no new work begin, finish what is under way, and answer.
    CLOSE,
    /// `url` is the database from now on: serve from it.
    MOVED;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }

    static Command of(String text) {
      return valueOf(text.toUpperCase(java.util.Locale.ROOT));
    }
  }
}
