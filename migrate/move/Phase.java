package migrate.move;

import java.util.Locale;

/// How far a move is. The order is that of a move that nothing disturbs; a kind of move may pass
/// over phases that it does not need.
public enum Phase {
  /// It has a row, and has changed nothing else.
  PLANNED,
  /// Nothing stands in its way.
  PREFLIGHTED,
  COPYING,
  /// All was copied; what was written meanwhile is being followed.
  CATCHING_UP,
  /// Both sides were compared and are alike.
  VERIFIED,
  /// It may be cut over.
  READY,
  /// Writes wait. Whoever finds it here for too long may turn it back to READY, by this row alone.
  FENCED,
  /// The commit point: from here on the target is the database.
  CUT,
  /// The source is kept current, so that the move can be rolled back.
  OBSERVING,
  /// Writes wait, on the way back to the source; may be turned back to OBSERVING.
  FENCED_BACK,
  FINISHED,
  ROLLED_BACK,
  ABORTED;

  /// Whether nothing comes after it.
  public boolean over() {
    return this == FINISHED || this == ROLLED_BACK || this == ABORTED;
  }

  /// Whether the target is the database that is written to.
  public boolean onTarget() {
    return this == CUT || this == OBSERVING || this == FENCED_BACK || this == FINISHED;
  }

  /// As it is written in tables.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// @throws IllegalArgumentException when it is none
  public static Phase of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
