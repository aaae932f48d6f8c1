package migrate.move;

/// Another mover, or a node that waited too long, has changed the move meanwhile.
public final class TakenOver extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// @param message one line, with the way out
  public TakenOver(String message) {
    super(message);
  }
}
