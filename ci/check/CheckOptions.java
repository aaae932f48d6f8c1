package ci.check;

import fixtures.urls.UserError;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What is to be checked.
///
/// @param cql whether messages live in CQL
/// @param messages how many are sent
/// @param faults kinds of faults; none: a run without
/// @param during a move that is made meanwhile, instead of faults
/// @param seed of everything that is left to chance here; how threads and processes meet is not
public record CheckOptions(
    boolean cql, int messages, Set<FaultKind> faults, Optional<During> during, long seed) {
  private static final int MOST_STORED = 20_000_000; // some ten GB of disk

  /// What a command's options ask for, one run after the other.
  ///
  /// @param faults a list as [FaultKind#parse] reads it; null for all, or for none during a move
  /// @param during a move, null for none
  /// @param times it is made
  /// @param kill whom, where; or `all`; null for nobody
  /// @param stored messages of others that are there before
  /// @throws UserError saying what does not go together
  public static List<CheckOptions> all(
      boolean cql,
      int messages,
      String faults,
      String during,
      int times,
      String kill,
      int stored,
      long seed) {
    List<During> moves = During.parseAll(during, times, kill);
    var kinds = FaultKind.parse(!moves.isEmpty() && faults == null ? "none" : faults, cql);
    if (stored < 0 || stored > MOST_STORED) {
      throw new UserError("--stored is %d: write 0 to %d".formatted(stored, MOST_STORED));
    }
    if (stored != 0 && (moves.isEmpty() || cql)) {
      throw new UserError("--stored goes with --during, and with messages in PostgreSQL");
    }
    if (!moves.isEmpty() && !kinds.isEmpty()) {
      throw new UserError("--faults and --during don't go together: leave out --faults");
    }
    return moves.isEmpty()
        ? List.of(new CheckOptions(cql, messages, kinds, seed))
        : moves.stream()
            .map(move ->
                new CheckOptions(cql, messages, kinds, Optional.of(move.withStored(stored)), seed))
            .toList();
  }

  /// Without a move.
  public CheckOptions(boolean cql, int messages, Set<FaultKind> faults, long seed) {
    this(cql, messages, faults, Optional.empty(), seed);
  }
}
