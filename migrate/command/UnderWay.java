package migrate.command;

import java.util.Optional;
import migrate.schema.Dialect;
import migrate.schema.Progress.Direction;
import migrate.schema.Step;

/// The step that a run is in the midst of, for what is said when the run is ended by a signal. One
/// thread writes it, any may read it.
final class UnderWay {
  private record At(Step step, Direction direction, long rows) {}

  private volatile At at; // null: between two steps

  void begin(Step step, Direction direction) {
    at = new At(step, direction, 0);
  }

  /// A back-fill has passed so many rows.
  void passed(long rows) {
    var now = at;
    at = new At(now.step, now.direction, rows);
  }

  void end() {
    at = null;
  }

  /// Where it is broken off, and what goes on from there; empty between two steps.
  Optional<String> sentence() {
    return Optional.ofNullable(at).map(UnderWay::sentence);
  }

  private static String sentence(At at) {
    boolean up = at.direction == Direction.UP;
    return "broken off in the midst of %s%s: run %s, which %s"
        .formatted(
            at.step.file(),
            at.rows == 0 ? "" : " behind %,d rows".formatted(at.rows),
            up ? "`up`" : "the same again",
            goesOn(at.step, up));
  }

  private static String goesOn(Step step, boolean up) {
    var directives = step.directives();
    boolean cql = step.file().endsWith(Dialect.CQL.extension());
    if (cql) {
      return up && directives.backfill().isPresent()
          ? "goes on there"
          : "does all of this step again";
    }
    return directives.transaction()
        ? "finds this step done or not begun, never in part"
        : "goes on behind what is done of it";
  }
}
