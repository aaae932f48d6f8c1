package migrate.command;

import fixtures.urls.UserError;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import migrate.rehearsal.DownProof;
import migrate.rehearsal.Rehearsal;
import migrate.schema.Repair;
import migrate.schema.Runner;
import migrate.schema.SchemaState;
import migrate.schema.Status;
import migrate.schema.Step;

/// What `baseline`, `repair` and `validate` do: the history is looked after, the schema stays.
public final class Upkeep {
  private final PrintStream out;

  /// @param out where it is told what was done
  public Upkeep(PrintStream out) {
    this.out = out;
  }

  /// Takes the steps up to `version` for applied, in databases that were made without them.
  ///
  /// @param comparison empty for not looking whether the schema is what the steps give
  public void baseline(
      Targets targets, Consent consent, Optional<Comparison> comparison, int version) {
    targets.each(database -> {
      var adopted = plan(targets, database, runner -> runner.wouldAdopt(version));
      tell(database);
      if (adopted.isEmpty()) {
        out.println("  nothing to do: version %04d is in the history".formatted(version));
        return;
      }
      comparison.ifPresent(c -> c.requireSame(database, version, "nothing was written"));
      String files = adopted.stream().map(Step::file).collect(Collectors.joining(", "));
      consent.to("%s will count as applied in %s".formatted(files, database.shown()));
      plan(targets, database, runner -> runner.baseline(version))
          .forEach(step -> out.printf("  taken for applied: %s%n", step.file()));
    });
  }

  /// Makes the histories fit the files.
  ///
  /// @param comparison as in [#baseline]
  /// @param forget versions whose lines are removed
  public void repair(
      Targets targets, Consent consent, Optional<Comparison> comparison, Set<Integer> forget) {
    targets.each(database -> {
      var repairs = plan(targets, database, runner -> runner.wouldRepair(forget));
      tell(database);
      if (!repairs.isEmpty()) {
        boolean half = onlyHalf(repairs);
        if (!half) { // with a step half done, the schema is that of no version
          comparison.ifPresent(c -> {
            int head = plan(targets, database, runner -> known(runner, forget));
            c.requireSame(database, head, "nothing was repaired");
          });
        }
        String what = repairs.stream().map(Repair::sentence).collect(Collectors.joining("; "));
        consent.to("the history of %s is changed: %s".formatted(database.shown(), what));
        plan(targets, database, runner -> runner.repair(forget))
            .forEach(repair -> out.printf("  %s%n", repair.sentence()));
      }
      var state = plan(targets, database, Runner::state);
      out.printf("  %s%s%n", repairs.isEmpty() ? "nothing to do: " : "", state.sentence());
    });
  }

  /// Whether all of it is about a step that is half done (or half undone, which has a line too).
  private static boolean onlyHalf(List<Repair> repairs) {
    var half =
        repairs.stream()
            .filter(repair -> repair.kind() == Repair.Kind.RESUME)
            .map(Repair::version)
            .toList();
    return repairs.stream().allMatch(repair -> half.contains(repair.version()));
  }

  /// The newest applied version that has a file, once those in `forget` are forgotten.
  private static int known(Runner runner, Set<Integer> forget) {
    return runner.status().rows().stream()
        .filter(row -> row.line().isPresent() && !forget.contains(row.version()))
        .filter(row -> row.standing() != Status.Standing.UNKNOWN)
        .mapToInt(Status.Row::version)
        .max()
        .orElse(0);
  }

  /// Looks whether histories and files fit together; pending steps are no fault.
  ///
  /// @return whether they do
  public boolean validate(Targets targets) {
    boolean[] fit = {true};
    targets.each(database -> {
      var state = plan(targets, database, Runner::state);
      tell(database);
      out.printf("  %s%n", state.sentence());
      fit[0] &= state instanceof SchemaState.Current || state instanceof SchemaState.Behind;
      plan(targets, database, Runner::unfinished)
          .ifPresent(half -> {
            out.printf("  %s%n", half.sentence());
            fit[0] = false;
          });
    });
    return fit[0];
  }

  /// Does, undoes and does again each step in a scratch database.
  ///
  /// @return whether every `down` takes back exactly what its `up` did
  public boolean proveDowns(Targets targets, Scratch scratch) {
    boolean[] proved = {true};
    targets.each(database -> {
      tell(database);
      try (Rehearsal rehearsal = database.rehearsal(scratch.url())) {
        proved[0] &= DownProof.run(rehearsal, this::tell);
      }
    });
    return proved[0];
  }

  private void tell(DownProof.Outcome outcome) {
    String word = !outcome.undoable() ? "no down" : outcome.holds() ? "proved" : "WRONG";
    out.printf("  down %-32s %s%n", outcome.step().file(), word);
    outcome.differences().forEach(d -> out.printf("       %s%n", d.sentence()));
  }

  private void tell(Database database) {
    out.printf("%s %s%n", database.dialect().option(), database.shown());
  }

  private <T> T plan(Targets targets, Database database, Function<Runner, T> work) {
    return database.run(targets.lockTimeout(), new Spoken(out), work);
  }

  /// @throws UserError when a server for scratch databases is given for two kinds of database
  static void requireOne(Targets targets, Scratch scratch) {
    if (scratch.url().isPresent() && targets.count() > 1) {
      throw new UserError("--scratch-url is one server, and two databases are meant: give --only");
    }
  }
}
