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

  /// Something did not get its lock, or was stopped; it is tried again after `pause`.
  ///
  /// @param why at which line, and who was in its way as far as the database tells
  /// @param tried how often so far, of at most `tries`
  default void retrying(String why, int tried, int tries, Duration pause) {}

  /// Sessions of others wait for this run's. Comes from a thread of its own.
  ///
  /// @param count how many
  /// @param longest how long the first of them waits by now
  /// @param first who that is, for how long, and what it wants to do
  default void blocking(int count, Duration longest, String first) {}

  /// A back-fill has come so far.
  ///
  /// @param rows of the table that it has passed, by earlier runs too
  /// @param estimate how many the table has, as far as its statistics tell; at least `rows`
  default void filled(Step step, long rows, long estimate) {}

  default void started(Step step, Direction direction) {}

  /// The step and its line in the history are durable.
  default void done(Step step, Direction direction, Duration took) {}
}
