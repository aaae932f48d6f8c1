package ci.smoke;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import migrate.lint.Finding;
import migrate.lint.Linter;
import migrate.rehearsal.Drift;
import migrate.schema.Step;
import migrate.schema.Steps;

/// Takes a schema up and down its steps in scratch databases and looks at what comes of it. For one
/// thread.
public final class SchemaChecks {
  /// Both runners wait for the lock and then find the work done; far below that they have met.
  private static final int RUNNERS_LIMIT_SECONDS = 120;

  private static final int FINDINGS_SHOWN = 3;

  private final Place place;
  private final Steps steps;
  private final Checks checks;
  private final Set<Kind> kinds;

  /// All kinds, on the steps that come with the code.
  ///
  /// @param done told of each check as it ends
  SchemaChecks(Place place, Consumer<Check> done) {
    this(place, Steps.bundled(place.dialect()), EnumSet.allOf(Kind.class), done);
  }

  SchemaChecks(Place place, Steps steps, Set<Kind> kinds, Consumer<Check> done) {
    this.place = place;
    this.steps = steps;
    this.kinds = kinds;
    this.checks = new Checks(place.dialect().option(), done);
  }

  /// Makes the checks, up to the first kind that fails.
  ///
  /// @return whether all that were made passed
  boolean run() {
    return run(() -> false);
  }

  /// The same, while `enough` says no.
  boolean run(BooleanSupplier enough) {
    for (var kind : Kind.values()) {
      if (enough.getAsBoolean()) {
        break;
      }
      if (kinds.contains(kind)) {
        run(kind);
      }
      if (checks.failed()) {
        break;
      }
    }
    return !checks.failed();
  }

  private void run(Kind kind) {
    switch (kind) {
      case LINT -> check(kind, "no step does what is unsafe while servers run", this::lint);
      case EMPTY -> emptyToHead(kind);
      case UP_DOWN_UP -> upDownUp(kind);
      case EARLIER -> steps.list().forEach(step -> earlier(kind, step));
      case TWO_RUNNERS -> check(kind, "each step is applied once", this::twoRunners);
      case KILL ->
          check(
              kind,
              "who is killed in the midst of a step is finished by the next run",
              () -> Killing.check(place));
      case BUSY -> new BusyServer(place, checks).run();
      case DRIFT -> check(kind, "by whatever way, the schema is that of the steps", this::drift);
    }
  }

  private void check(Kind kind, String name, Callable<String> attempt) {
    checks.check(kind.text, name, attempt);
  }

  private String lint() {
    var findings = Linter.check(steps);
    Checks.require(
        findings.isEmpty(),
        "%d findings: %s",
        findings.size(),
        String.join("; ", findings.stream().limit(FINDINGS_SHOWN).map(Finding::sentence).toList()));
    return steps.list().size() + " steps";
  }

  private void emptyToHead(Kind kind) {
    check(
        kind,
        "an empty database comes to the newest version, and a second run changes nothing",
        () -> {
          try (var scratch = place.scratch()) {
            int applied = up(scratch);
            scratch.state(steps).require();
            var head = scratch.schema();
            Checks.require(applied == steps.list().size(), "applied %d", applied);
            Checks.require(up(scratch) == 0, "the second run applied steps");
            Checks.requireEqual("after the second run", head, scratch.schema());
            return applied + " steps";
          }
        });
  }

  private int up(Scratch scratch) {
    return scratch.up(steps, OptionalInt.empty()).size();
  }

  private void upDownUp(Kind kind) {
    check(
        kind,
        "each step can be undone, leaves nothing, and done again gives an equal schema",
        () -> {
          try (var scratch = place.scratch()) {
            for (Step step : steps.list()) {
              var before = scratch.schema();
              scratch.up(steps, OptionalInt.of(step.version()));
              var after = scratch.schema();
              if (step.down().isPresent()) {
                scratch.downTo(steps, step.version() - 1);
                Checks.requireEqual(step.file() + " undone", before, scratch.schema());
                scratch.up(steps, OptionalInt.of(step.version()));
                Checks.requireEqual(step.file() + " done again", after, scratch.schema());
              }
            }
            return steps.list().size() + " steps";
          }
        });
    boolean reversible = steps.list().stream().allMatch(step -> step.down().isPresent());
    if (!reversible) {
      return;
    }
    check(
        kind,
        "all the way down and up again gives an equal schema",
        () -> {
          try (var scratch = place.scratch()) {
            var empty = scratch.schema();
            up(scratch);
            var head = scratch.schema();
            scratch.downTo(steps, 0);
            Checks.requireEqual("all undone", empty, scratch.schema());
            up(scratch);
            Checks.requireEqual("all done again", head, scratch.schema());
            return head.size() + " things";
          }
        });
  }

  private void earlier(Kind kind, Step from) {
    if (from.version() == steps.head()) {
      return;
    }
    check(
        kind,
        "from %04d with rows to the newest one, all rows as they were".formatted(from.version()),
        () -> {
          try (var scratch = place.scratch()) {
            scratch.up(steps, OptionalInt.of(from.version()));
            long rows = scratch.seed();
            var columns = keptOf(scratch.columns());
            var before = scratch.hashes(columns);
            up(scratch);
            scratch.state(steps).require();
            var after = scratch.hashes(columns);
            var changed =
                after.keySet().stream()
                    .filter(table -> !after.get(table).equals(before.get(table)))
                    .toList();
            Checks.require(changed.isEmpty(), "rows of %s are others now", changed);
            return "%d tables, %d rows".formatted(after.size(), rows);
          }
        });
  }

  /// Without the columns and tables that later steps take away.
  private Map<String, List<String>> keptOf(Map<String, List<String>> columns) {
    try (var newest = place.scratch()) {
      up(newest);
      var there = newest.columns();
      var kept = new LinkedHashMap<String, List<String>>();
      columns.forEach((table, names) -> {
        var common = new ArrayList<>(names);
        common.retainAll(there.getOrDefault(table, List.of()));
        if (!common.isEmpty()) {
          kept.put(table, common);
        }
      });
      return kept;
    }
  }

  private String twoRunners() throws Exception {
    try (var scratch = place.scratch()) {
      var barrier = new CyclicBarrier(2);
      Callable<Integer> runner =
          () -> {
            barrier.await(RUNNERS_LIMIT_SECONDS, TimeUnit.SECONDS);
            return up(scratch);
          };
      int applied = 0;
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (var end :
            threads.invokeAll(List.of(runner, runner), RUNNERS_LIMIT_SECONDS, TimeUnit.SECONDS)) {
          applied += end.get();
        }
      }
      scratch.state(steps).require();
      Checks.require(applied == steps.list().size(), "applied %d altogether", applied);
      return applied + " steps";
    }
  }

  private String drift() {
    try (var straight = place.scratch();
        var winding = place.scratch()) {
      up(straight);
      for (Step step : steps.list()) {
        winding.up(steps, OptionalInt.of(step.version()));
        if (step.version() == steps.list().getFirst().version()) {
          winding.seed();
        }
        if (step.down().isPresent()) {
          winding.downTo(steps, step.version() - 1);
        }
        winding.up(steps, OptionalInt.of(step.version()));
      }
      var differences = Drift.between(straight.schema(), winding.schema());
      Checks.require(differences.isEmpty(), "%s", differences);
      return straight.schema().size() + " things";
    }
  }
}
