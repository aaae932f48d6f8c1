package migrate.move.postgres;

/// How a move of PostgreSQL is made.
///
/// @param workers that copy and build at once
/// @param bytesPerSecond that are copied at most; 0: as the servers' commits allow
/// @param hold stop before the cut-over
/// @param follow how changes are followed
public record PostgresMoveOptions(int workers, double bytesPerSecond, boolean hold, Follow follow) {
  /// How the target learns what is written while it is copied.
  public enum Follow {
    /// By logical replication, or by triggers where that may not be used.
    ANY,
    REPLICATION,
    TRIGGERS;

    /// As it is written in options.
    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /// Half of them wait for the source while the other half wait for the target.
  public static final int WORKERS = 4;

  /// What is good for most.
  public static PostgresMoveOptions standard() {
    return new PostgresMoveOptions(WORKERS, 0, false, Follow.ANY);
  }

  /// The same, stopping before the cut-over.
  public PostgresMoveOptions holding() {
    return new PostgresMoveOptions(workers, bytesPerSecond, true, follow);
  }

  /// The same, following by that.
  public PostgresMoveOptions by(Follow way) {
    return new PostgresMoveOptions(workers, bytesPerSecond, hold, way);
  }
}
