package migrate.schema;

import java.time.Duration;

/// Hears what a run does, on the thread that does it.
public interface Progress {
  /// Hears nothing.
  Progress SILENT = new Progress() {};

  /// Which part of a step runs.
  enum Direction {
    UP,
    DOWN
  }

  /// Another run holds the lock, and this one waits for it, at most for `limit`.
  ///
  /// @param holder who that is, as far as the database tells
  default void waiting(String holder, Duration limit) {}

  /// Something was done besides the steps.
  default void notice(String what) {}

  default void started(Step step, Direction direction) {}

  /// The step and its line in the history are durable.
  default void done(Step step, Direction direction, Duration took) {}
}
