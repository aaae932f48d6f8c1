package migrate.command;

import fixtures.urls.UserError;
import java.io.PrintStream;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import migrate.schema.Runner;
import migrate.schema.Step;

/// What `up` and `down` do.
public final class Changes {
  private final PrintStream out;

  /// @param out where it is told what was done
  public Changes(PrintStream out) {
    this.out = out;
  }

  /// Takes every database up, to `version` or to the newest one when it is null.
  public void up(Targets targets, Integer version) {
    var to = version == null ? OptionalInt.empty() : OptionalInt.of(version);
    targets.each(database -> change(targets, database, runner -> runner.up(to)));
  }

  /// Takes every database down by `count` steps or to `version`; one of them is null, or both,
  /// which means one step.
  public void down(Targets targets, Consent consent, Integer count, Integer version) {
    if (count != null && version != null) {
      throw new UserError("give either a number of steps or --to, not both");
    }
    if (count != null && count < 1 || version != null && version < 0) {
      throw new UserError("there is no going down by %s or to %s".formatted(count, version));
    }
    int steps = count == null ? 1 : count;
    targets.each(database -> {
      var doomed =
          database.run(
              targets.lockTimeout(),
              new Spoken(out),
              runner -> version == null ? runner.wouldUndo(steps) : runner.wouldUndoTo(version));
      if (!doomed.isEmpty()) {
        var files = doomed.stream().map(Step::file).toList();
        consent.require(targets.settings(), database.shown(), files);
      }
      change(
          targets,
          database,
          runner -> version == null ? runner.down(steps) : runner.downTo(version));
    });
  }

  private void change(Targets targets, Database database, Function<Runner, List<Step>> change) {
    out.printf("%s %s%n", database.dialect().option(), database.shown());
    database.run(
        targets.lockTimeout(),
        new Spoken(out),
        runner -> {
          String what = change.apply(runner).isEmpty() ? "nothing to do: " : "";
          out.printf("  %s%s%n", what, runner.state().sentence());
          return null;
        });
  }
}
