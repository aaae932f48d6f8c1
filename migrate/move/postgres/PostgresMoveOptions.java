package migrate.move.postgres;

/// How a move of PostgreSQL is made.
///
/// @param workers that copy and build at once
/// @param bytesPerSecond that are copied at most; 0: as the servers' commits allow
/// @param hold stop before the cut-over
public record PostgresMoveOptions(int workers, double bytesPerSecond, boolean hold) {
  /// Half of them wait for the source while the other half wait for the target.
  public static final int WORKERS = 4;

  /// What is good for most.
  public static PostgresMoveOptions standard() {
    return new PostgresMoveOptions(WORKERS, 0, false);
  }

  /// The same, stopping before the cut-over.
  public PostgresMoveOptions holding() {
    return new PostgresMoveOptions(workers, bytesPerSecond, true);
  }
}
