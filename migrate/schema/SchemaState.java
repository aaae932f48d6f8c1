package migrate.schema;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.stream.Collectors;

/// How the history of a database compares with the steps at hand.
public sealed interface SchemaState {
  /// The newest version that is applied, 0 when none is.
  int version();

  /// What is the matter and what mends it, in one line.
  String sentence();

  /// @throws SchemaMismatch with the [#sentence()] unless the schema is [Current]
  default void require() {
    if (!(this instanceof Current)) {
      throw new SchemaMismatch(sentence());
    }
  }

  /// Whether this code works on the schema though it may be another one: what is missing are only
  /// steps that take away what older code needs (`@contract`), or what is there besides was only
  /// added for newer code (`@expand`). So old and new servers run together during a release.
  default boolean serves() {
    return false;
  }

  /// @throws SchemaMismatch with the [#sentence()] unless it [#serves()]
  default void requireServes() {
    if (!serves()) {
      throw new SchemaMismatch(sentence());
    }
  }

  /// Exactly the steps at hand are applied.
  record Current(int version) implements SchemaState {
    @Override
    public boolean serves() {
      return true;
    }

    @Override
    public String sentence() {
      return "the schema is up to date, at version %04d".formatted(version);
    }
  }

  /// The steps in `pending` are to be applied, all of them newer than `version`.
  record Behind(int version, List<Step> pending, Dialect dialect) implements SchemaState {
    public Behind {
      pending = List.copyOf(pending);
    }

    @Override
    public boolean serves() {
      return pending.stream().allMatch(Step::contracts);
    }

    @Override
    public String sentence() {
      if (version > 0 && pending.getFirst().contracts()) {
        return ("the %s schema is at version %04d and %s takes away what older servers need: when"
                + " none of them runs any more, run `./jbang migrate@catalog up --contract`")
            .formatted(dialect.option(), version, pending.getFirst().file());
      }
      return "the %s schema is at version %04d and %s: run `./jbang migrate@catalog up`"
          .formatted(
              dialect.option(),
              version,
              pending.size() == 1
                  ? "1 step is not applied (" + pending.getFirst().file() + ")"
                  : pending.size() + " steps are not applied, up to " + pending.getLast().file());
    }
  }

  /// The history holds versions that this code does not know: it is older than the schema.
  record Ahead(int version, int head, List<Applied> unknown, Dialect dialect)
      implements SchemaState {
    public Ahead {
      unknown = List.copyOf(unknown);
    }

    @Override
    public boolean serves() {
      return unknown.stream().allMatch(line -> line.phase() == Directives.Phase.EXPAND)
          && unknown.getFirst().version() > head;
    }

    @Override
    public String sentence() {
      return ("the %s schema is at version %04d, and this code knows it up to %04d (unknown: %s):"
              + " run newer code, or with that newer code `./jbang migrate@catalog down --to %d`")
          .formatted(dialect.option(), version, head, names(unknown), lastKnown());
    }

    private int lastKnown() {
      return Math.min(head, unknown.getFirst().version() - 1);
    }

    private static String names(List<Applied> unknown) {
      return unknown.stream()
          .map(applied -> "%04d_%s".formatted(applied.version(), applied.name()))
          .collect(Collectors.joining(", "));
    }
  }

  /// Files of applied steps are not what they were when they were applied.
  record Changed(int version, List<Step> steps, Dialect dialect) implements SchemaState {
    public Changed {
      steps = List.copyOf(steps);
    }

    @Override
    public String sentence() {
      String files = steps.stream().map(Step::file).collect(Collectors.joining(", "));
      return ("%s of the %s schema changed after being applied: restore what was applied"
              + " (`git log -- migrate/steps/%s`) and put the change into a new step; where the"
              + " database has what the file gives now, `repair` takes it for applied")
          .formatted(files, dialect.option(), dialect.folder());
    }
  }

  /// Steps are pending that are older than one that is applied, as after a merge of branches.
  record OutOfOrder(int version, List<Step> steps, Dialect dialect) implements SchemaState {
    public OutOfOrder {
      steps = List.copyOf(steps);
    }

    @Override
    public String sentence() {
      String files = steps.stream().map(Step::file).collect(Collectors.joining(", "));
      return ("%s was not applied to the %s schema, and a newer version, %04d, was: rename it to"
              + " the next free number, or go back with `./jbang migrate@catalog down --to %d`"
              + " and then `up`")
          .formatted(files, dialect.option(), version, steps.getFirst().version() - 1);
    }
  }

  /// Compares; when several things are the matter, the one to be mended first is told.
  ///
  /// @param history in any order
  static SchemaState of(Steps steps, List<Applied> history) {
    var applied = new HashMap<Integer, Applied>();
    history.forEach(line -> applied.put(line.version(), line));
    int version = history.stream().mapToInt(Applied::version).max().orElse(0);
    var changed = new ArrayList<Step>();
    var pending = new ArrayList<Step>();
    for (var step : steps.list()) {
      var line = applied.remove(step.version());
      if (line == null) {
        pending.add(step);
      } else if (!step.isSame(line)) {
        changed.add(step);
      }
    }
    var dialect = steps.dialect();
    if (!changed.isEmpty()) {
      return new Changed(version, changed, dialect);
    }
    if (!applied.isEmpty()) {
      var unknown = applied.values().stream().sorted((a, b) -> a.version() - b.version()).toList();
      return new Ahead(version, steps.head(), unknown, dialect);
    }
    var late = pending.stream().filter(step -> step.version() < version).toList();
    if (!late.isEmpty()) {
      return new OutOfOrder(version, late, dialect);
    }
    return pending.isEmpty() ? new Current(version) : new Behind(version, pending, dialect);
  }
}
