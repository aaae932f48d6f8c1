package migrate.schema;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// A database whose schema is changed: what the engine asks of PostgreSQL and of CQL. For one
/// thread. All methods may throw [fixtures.urls.EnvironmentError].
interface Target {
  /// The applied steps in ascending order of versions, empty when there is no history yet.
  List<Applied> history();

  /// The step that was begun and not finished, if there is one, as the history was last read. A
  /// step that is one transaction, or that the next `up` simply does again, never is.
  default Optional<Unfinished> unfinished() {
    return Optional.empty();
  }

  /// Keeps other runs out until [#unlock()].
  ///
  /// @throws EnvironmentError when another run held the lock for all of `timeout`
  void lock(Duration timeout, Progress progress);

  /// Lets other runs in; does nothing when the lock is not held.
  void unlock();

  /// Does the step and writes its line in the history. The lock is held.
  ///
  /// @return false when the line was there: somebody applied it meanwhile, and nothing was done
  boolean apply(Step step);

  /// Undoes the step and removes its line from the history. The lock is held, the step has a
  /// `down`.
  ///
  /// @return false when the line was not there: somebody undid it meanwhile, and nothing was done
  boolean revert(Step step);

  /// What is done besides the steps; while the lock is held.
  Bookkeeping bookkeeping();
}
