package migrate.move.messages;

/// The copy is not what it was copied from.
public final class StoresDiffer extends RuntimeException {
  /// Of a check that failed.
  public static final int EXIT_CODE = 1;

  private static final long serialVersionUID = 1L;

  /// @param message one line, with the way out
  public StoresDiffer(String message) {
    super(message);
  }
}
