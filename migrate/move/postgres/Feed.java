package migrate.move.postgres;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

/// One direction in which one side follows the other: what is written to `from` arrives at `to`.
///
/// Every call may be repeated, also by another process. For one thread.
sealed interface Feed permits Link, Journal {
  Session from();

  Session to();

  /// Names what is to be followed; before the snapshot is taken.
  void publish(List<Table> tables);

  /// A snapshot of `from` to be copied: what it does not show is followed.
  Snapshot take(UUID move);

  /// Whether nothing is lost of what is to be followed.
  boolean whole();

  /// Makes `to` follow.
  ///
  /// @param enabled whether it begins at once
  /// @param ownOnly without changes that came to `from` from the other side
  void subscribe(boolean enabled, boolean ownOnly);

  /// From now on changes are kept until they were followed, if they are not yet.
  void keep();

  /// Takes [#keep] back, as long as nothing has followed.
  void forget();

  /// Whether it can be told which changes came from the other side, so that [#keep] may be called
  /// before the other direction has ended.
  boolean tellsOrigin();

  /// Begins to follow.
  void enable();

  /// Waits until all has arrived that was committed before this mark.
  ///
  /// @throws fixtures.urls.EnvironmentError when it has not in time
  void await(UUID move, long mark, Duration limit);

  /// Waits until all has arrived that is committed now.
  ///
  /// @return how long it took
  /// @throws fixtures.urls.EnvironmentError when it has not in time
  default Duration pass(UUID move, Duration limit) {
    try (var marking = from().another()) { // the caller's may be in a transaction
      long began = System.nanoTime();
      await(move, Marks.write(marking.dsl(), move), limit);
      return Duration.ofNanos(System.nanoTime() - began);
    }
  }

  /// Takes everything away; what can't be reached any more is left.
  void remove();
}
