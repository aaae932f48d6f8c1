package migrate.command;

import fixtures.engines.AtExit;
import fixtures.urls.UserError;
import java.io.PrintStream;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;
import migrate.schema.Progress.Direction;
import migrate.schema.Runner;
import migrate.schema.Step;

/// What `up`, `down`, `reset`, `refresh` and `fresh` do.
public final class Changes {
  private final PrintStream out;

  /// @param out where it is told what was done
  public Changes(PrintStream out) {
    this.out = out;
  }

  /// Takes every database up, to `version` or to the newest one when it is null.
  ///
  /// @param offline whether steps may be done that say `@offline`
  /// @param contract whether to go past steps that say `@contract`
  public void up(Targets targets, Integer version, boolean offline, boolean contract) {
    targets.each(database -> up(targets, database, version, offline, contract));
  }

  /// Tells what [#up] would do.
  public void wouldUp(Targets targets, Integer version, boolean contract) {
    targets.each(database -> wouldUp(targets, database, version, contract));
  }

  void wouldUp(Targets targets, Database database, Integer version, boolean contract) {
    tell(targets, database, Direction.UP, runner -> runner.wouldApply(optional(version), contract));
  }

  /// Takes every database down by `count` steps or to `version`; one of them is null, or both,
  /// which means one step.
  public void down(Targets targets, Consent consent, Integer count, Integer version) {
    requireSensible(count, version);
    targets.each(database -> down(targets, consent, database, count, version, ""));
  }

  /// Tells what [#down] would do.
  public void wouldDown(Targets targets, Integer count, Integer version) {
    requireSensible(count, version);
    targets.each(database ->
        tell(targets, database, Direction.DOWN, runner -> doomed(runner, count, version)));
  }

  /// Undoes every step.
  public void reset(Targets targets, Consent consent) {
    targets.each(database -> down(targets, consent, database, null, 0, ""));
  }

  /// Undoes every step and does all of them again.
  public void refresh(Targets targets, Consent consent, boolean offline) {
    targets.each(database -> refresh(targets, consent, offline, database));
  }

  void refresh(Targets targets, Consent consent, boolean offline, Database database) {
    requireOnline(targets, database, offline); // before anything is deleted
    down(targets, consent, database, null, 0, ", before all are done again,");
    up(targets, database, null, offline, true);
  }

  /// Drops everything there is, whoever made it, and does all steps.
  public void fresh(Targets targets, Consent consent, boolean offline) {
    targets.each(database -> fresh(targets, consent, offline, database));
  }

  void fresh(Targets targets, Consent consent, boolean offline, Database database) {
    requireOnline(targets, database, offline);
    consent.toDelete(
        targets.settings(),
        "this drops every table, also those that no step made, with all data in "
            + database.shown());
    database.run(
        targets.lockTimeout(),
        new Spoken(out),
        runner -> {
          runner.clear();
          return null;
        });
    up(targets, database, null, offline, true);
  }

  private static void requireSensible(Integer count, Integer version) {
    if (count != null && version != null) {
      throw new UserError("give either a number of steps or --to, not both");
    }
    if (count != null && count < 1) {
      throw new UserError("down by %d steps: give 1 or more".formatted(count));
    }
    if (version != null && version < 0) {
      throw new UserError("--to is %d: give a version, or 0 for nothing".formatted(version));
    }
  }

  void up(Targets targets, Database database, Integer version, boolean offline, boolean contract) {
    database.run(
        targets.lockTimeout(),
        new Spoken(out),
        runner -> {
          requireOnline(runner.wouldApply(optional(version), contract), offline);
          return null;
        });
    change(targets, database, runner -> runner.up(optional(version), contract));
  }

  /// As the other one, of all steps.
  private void requireOnline(Targets targets, Database database, boolean allowed) {
    database.run(
        targets.lockTimeout(),
        new Spoken(out),
        runner -> {
          requireOnline(runner.steps().list(), allowed);
          return null;
        });
  }

  private static void requireOnline(List<Step> steps, boolean allowed) {
    var offline = steps.stream().filter(step -> step.directives().offline()).toList();
    if (!allowed && !offline.isEmpty()) {
      throw new UserError(
          "%s may only be done while no server runs: stop them and say --offline"
              .formatted(files(offline)));
    }
  }

  private void down(
      Targets targets,
      Consent consent,
      Database database,
      Integer count,
      Integer version,
      String purpose) {
    var steps =
        database.run(
            targets.lockTimeout(), new Spoken(out), runner -> doomed(runner, count, version));
    if (!steps.isEmpty()) {
      consent.toDelete(
          targets.settings(),
          "undoing %s%s deletes their tables and data in %s"
              .formatted(files(steps), purpose, database.shown()));
    }
    change(
        targets,
        database,
        runner -> version == null ? runner.down(number(count)) : runner.downTo(version));
  }

  private static List<Step> doomed(Runner runner, Integer count, Integer version) {
    return version == null ? runner.wouldUndo(number(count)) : runner.wouldUndoTo(version);
  }

  private static int number(Integer count) {
    return count == null ? 1 : count;
  }

  private static OptionalInt optional(Integer version) {
    return version == null ? OptionalInt.empty() : OptionalInt.of(version);
  }

  private static String files(List<Step> steps) {
    return steps.stream().map(Step::file).collect(Collectors.joining(", "));
  }

  private void change(Targets targets, Database database, Function<Runner, List<Step>> change) {
    out.printf("%s %s%n", database.dialect().option(), database.shown());
    var spoken = new Spoken(out);
    try (var _ = AtExit.run(spoken::brokenOff)) {
      database.run(
          targets.lockTimeout(),
          spoken,
          runner -> {
            String what = change.apply(runner).isEmpty() ? "nothing to do: " : "";
            out.printf("  %s%s%n", what, runner.state().sentence());
            return null;
          });
    } finally {
      spoken.bar().end(); // of a step that failed
    }
  }

  private void tell(
      Targets targets, Database database, Direction direction, Function<Runner, List<Step>> plan) {
    var planned =
        database.run(
            targets.lockTimeout(),
            new Spoken(System.err),
            runner -> new Plan(plan.apply(runner), direction, runner.unfinished()));
    out.printf("-- %s %s%n", database.dialect().option(), database.shown());
    out.print(planned.text());
  }
}
