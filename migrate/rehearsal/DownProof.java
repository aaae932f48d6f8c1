package migrate.rehearsal;

import java.util.List;
import java.util.function.Consumer;
import migrate.schema.Step;

/// Proves each `down` by comparison of schemas: a step is done, undone and done again; what it
/// leaves must be what was there before it, and the second time must give what the first one gave.
public final class DownProof {
  private DownProof() {}

  /// What became of one step.
  ///
  /// @param undoable false when it has no `down`, so that nothing was to be proved
  /// @param differences none when the proof holds
  public record Outcome(Step step, boolean undoable, List<Difference> differences) {
    public Outcome {
      differences = List.copyOf(differences);
    }

    public boolean holds() {
      return differences.isEmpty();
    }
  }

  /// Tries all steps, and goes on after one that fails as long as it can be done again.
  ///
  /// @param rehearsal at version 0
  /// @param heard told of each step
  /// @return whether all proofs hold
  public static boolean run(Rehearsal rehearsal, Consumer<Outcome> heard) {
    boolean all = true;
    for (var step : rehearsal.steps().list()) {
      var outcome = tried(rehearsal, step);
      heard.accept(outcome);
      all &= outcome.holds();
    }
    return all;
  }

  private static Outcome tried(Rehearsal rehearsal, Step step) {
    var before = rehearsal.schema();
    rehearsal.up(step.version());
    if (step.down().isEmpty()) {
      return new Outcome(step, false, List.of());
    }
    var after = rehearsal.schema();
    rehearsal.down();
    var undone = Drift.strictly(before, rehearsal.schema());
    rehearsal.up(step.version());
    return new Outcome(
        step, true, undone.isEmpty() ? Drift.strictly(after, rehearsal.schema()) : undone);
  }
}
