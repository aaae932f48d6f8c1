package migrate.move;

/// Something that stands in the way of a move.
///
/// @param fatal whether the move can't be made; else it is only worth knowing
/// @param what with the value that was found
/// @param wayOut what to do about it
public record Obstacle(boolean fatal, String what, String wayOut) {
  @Override
  public String toString() {
    return "%s: %s".formatted(what, wayOut);
  }
}
