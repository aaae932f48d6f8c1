package migrate.move;

import java.util.List;
import java.util.Map;

/// What one kind of move can be told to do. Each call goes on until there is nothing more to do, or
/// throws; every one may be repeated, and after a crash begins with what it finds in the databases.
///
/// For one thread. Errors are those of commands: [fixtures.urls.UserError],
/// [fixtures.urls.EnvironmentError], [TakenOver].
public interface Mover extends AutoCloseable {
  /// Everything that stands in the way, found at once; empty when nothing does.
  List<Obstacle> preflight();

  /// Begins a move and takes it as far as it goes by itself: to where it can be rolled back or
  /// finished.
  void start();

  /// Goes on with the move that is under way.
  void resume();

  /// Compares both sides, while they are in use.
  ///
  /// @param mend whether differences are mended, too
  /// @return whether they are alike, at the end
  boolean verify(boolean mend);

  /// Gives up a move that is not cut over: the source is as it was, the target is left to be
  /// dropped.
  void abort();

  /// Goes back to the source after the cut-over.
  void rollback();

  /// Lets go of the source: it can't be gone back to any more.
  void finish();

  /// How far the move is, as it is printed: names in the order in which they are told.
  Map<String, Object> status();

  /// The time line of the newest move.
  default List<MoveEvent> events() {
    return List.of();
  }

  /// What small commits took while this went on; empty when it was not measured.
  default List<MoveSample> samples() {
    return List.of();
  }

  @Override
  void close();
}
