package migrate.move;

/// Is told what a move does. For the mover's threads, one at a time.
public interface MoveProgress {
  /// Nobody is told.
  MoveProgress SILENT = new MoveProgress() {};

  /// A line that is worth reading later.
  default void say(String line) {}

  /// How far a long piece of work is.
  ///
  /// @param work its name, the same from call to call
  /// @param of how much it is in all, as far as that is known
  default void at(String work, long done, long of, String unit) {}

  /// The long piece of work is over.
  default void done(String work) {}
}
