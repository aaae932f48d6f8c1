package ci.check;

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
  /// Without a move.
  public CheckOptions(boolean cql, int messages, Set<FaultKind> faults, long seed) {
    this(cql, messages, faults, Optional.empty(), seed);
  }
}
