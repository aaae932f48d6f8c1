package migrate.schema;

import migrate.schema.Progress.Direction;

/// A step of several transactions that was begun and not finished: its run was killed, or failed.
///
/// @param checksum of the file as it was when it was begun
/// @param done how many of its statements are done
public record Unfinished(int version, Direction direction, String checksum, int done) {
  /// What is the matter and what mends it, in one line.
  public String sentence() {
    return direction == Direction.UP
        ? "version %04d is half applied (%d of its statements are done): run `up`, which goes on behind them"
            .formatted(version, done)
        : "version %04d is half undone (%d of its statements are done): run `down 1`, which goes on behind them"
            .formatted(version, done);
  }
}
