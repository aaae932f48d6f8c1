package migrate.schema;

import java.util.OptionalInt;
import migrate.schema.Progress.Direction;

/// A step that was begun and not finished: its run was killed, or failed.
///
/// @param checksum of the file as it was when it was begun
/// @param done how many of its statements are done; empty where all of them are done again
public record Unfinished(int version, Direction direction, String checksum, OptionalInt done) {
  /// What is the matter and what mends it, in one line.
  public String sentence() {
    boolean up = direction == Direction.UP;
    int whole = done.orElse(0); // none in the midst of the first one, as in a back-fill
    return "version %04d is half %s%s: run `%s`, which %s"
        .formatted(
            version,
            up ? "applied" : "undone",
            whole == 0 ? "" : " (%d of its statements are done)".formatted(whole),
            up ? "up" : "down 1",
            done.isEmpty() ? "does all of it again" : "goes on behind what is done of it");
  }
}
