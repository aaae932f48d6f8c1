package migrate.schema;

import fixtures.urls.UserError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import migrate.schema.Progress.Direction;

/// Takes one database up and down its steps. What is to be done is decided again under the lock:
/// another run may have done it while this one waited. For one thread, and only within the call
/// that gave it: [PostgresSchema#run] says which errors there are.
public final class Runner {
  private final Steps steps;
  private final Target target;
  private final Duration lockTimeout;
  private final Progress progress;

  Runner(Steps steps, Target target, Duration lockTimeout, Progress progress) {
    this.steps = steps;
    this.target = target;
    this.lockTimeout = lockTimeout;
    this.progress = progress;
  }

  public Steps steps() {
    return steps;
  }

  /// Compares the history with the steps.
  public SchemaState state() {
    return SchemaState.of(steps, target.history());
  }

  /// Compares step by step.
  public Status status() {
    return Status.of(steps, target.history());
  }

  /// As [#up(OptionalInt, boolean)], stopping before a step that says `@contract`.
  public List<Step> up(OptionalInt to) {
    return up(to, false);
  }

  /// Applies the pending steps; takes no lock when there are none.
  ///
  /// @param to the version to stop at; empty for the newest
  /// @param contract whether to go past steps that say `@contract`, which take away what servers of
  ///   before them need; on an empty database, which no server works on, they are always done
  /// @return what this run applied, oldest first
  public List<Step> up(OptionalInt to, boolean contract) {
    return locked(pending(to, contract), Direction.UP);
  }

  /// What [#up(OptionalInt)] would apply.
  public List<Step> wouldApply(OptionalInt to) {
    return wouldApply(to, false);
  }

  /// What [#up(OptionalInt, boolean)] would apply.
  public List<Step> wouldApply(OptionalInt to, boolean contract) {
    return planned(pending(to, contract), Direction.UP);
  }

  private Function<List<Applied>, List<Step>> pending(OptionalInt to, boolean contract) {
    to.ifPresent(this::requireKnown);
    return history -> {
      switch (SchemaState.of(steps, history)) {
        case SchemaState.Current(int version) -> {
          requireNotAbove(version, to);
          return List.of();
        }
        case SchemaState.Behind behind -> {
          requireNotAbove(behind.version(), to);
          return behind.pending().stream()
              .filter(step -> to.isEmpty() || step.version() <= to.getAsInt())
              .takeWhile(step -> contract || history.isEmpty() || !step.contracts())
              .toList();
        }
        case SchemaState other -> throw new SchemaMismatch(other.sentence());
      }
    };
  }

  /// Undoes the newest `count` steps, or all that are applied when there are fewer.
  ///
  /// @return what this run undid, newest first
  public List<Step> down(int count) {
    return locked(newest(count), Direction.DOWN);
  }

  /// Undoes all that is newer than version `to`; 0 leaves nothing.
  ///
  /// @return what this run undid, newest first
  public List<Step> downTo(int to) {
    return locked(newerThan(to), Direction.DOWN);
  }

  /// What [#down] would undo.
  public List<Step> wouldUndo(int count) {
    return planned(newest(count), Direction.DOWN);
  }

  /// What [#downTo] would undo.
  public List<Step> wouldUndoTo(int to) {
    return planned(newerThan(to), Direction.DOWN);
  }

  private Function<List<Applied>, List<Step>> newest(int count) {
    return history -> newestFirst(history).limit(count).map(this::undoable).toList();
  }

  private Function<List<Applied>, List<Step>> newerThan(int to) {
    if (to != 0) {
      requireKnown(to);
    }
    return history ->
        newestFirst(history).takeWhile(line -> line.version() > to).map(this::undoable).toList();
  }

  private static Stream<Applied> newestFirst(List<Applied> history) {
    return history.stream().sorted(Comparator.comparingInt(Applied::version).reversed());
  }

  private Step undoable(Applied line) {
    var step =
        steps
            .find(line.version())
            .orElseThrow(() ->
                new SchemaMismatch(
                    ("version %04d (%s) is applied and its file is not here, so it can't be"
                            + " undone: run this with the code that has it")
                        .formatted(line.version(), line.name())));
    if (!step.isSame(line)) {
      throw new SchemaMismatch(
          new SchemaState.Changed(line.version(), List.of(step), steps.dialect()).sentence());
    }
    if (step.down().isEmpty()) {
      throw new UserError(
          "%s has no 'down' part and can't be undone: restore a backup, or undo it in a new step"
              .formatted(step.file()));
    }
    return step;
  }

  private List<Step> locked(Function<List<Applied>, List<Step>> plan, Direction direction) {
    if (planned(plan, direction).isEmpty()) {
      return List.of();
    }
    target.lock(lockTimeout, progress);
    try {
      var done = new ArrayList<Step>();
      for (var step : planned(plan, direction)) {
        long begun = System.nanoTime();
        progress.started(step, direction);
        boolean ours = direction == Direction.UP ? target.apply(step) : target.revert(step);
        if (ours) {
          done.add(step);
          progress.done(step, direction, Duration.ofNanos(System.nanoTime() - begun));
        }
      }
      return List.copyOf(done);
    } finally {
      target.unlock();
    }
  }

  /// @throws SchemaMismatch when another step, or this one the other way, is half done
  private List<Step> planned(Function<List<Applied>, List<Step>> plan, Direction direction) {
    var planned = plan.apply(target.history());
    target
        .unfinished()
        .filter(half ->
            half.direction() != direction
                || planned.isEmpty()
                || planned.getFirst().version() != half.version())
        .ifPresent(half -> {
          throw new SchemaMismatch(half.sentence());
        });
    return planned;
  }

  /// Drops everything in the schema, also what no step made, but not its extensions; then the
  /// history is empty.
  public void clear() {
    target.lock(lockTimeout, progress);
    try {
      target.bookkeeping().clear();
    } finally {
      target.unlock();
    }
  }

  /// Takes the steps up to `version` for applied, without doing them.
  ///
  /// @return those whose line was written
  /// @throws SchemaMismatch when the history has other versions or other files already
  public List<Step> baseline(int version) {
    requireKnown(version);
    target.lock(lockTimeout, progress);
    try {
      var adopted = wouldAdopt(version);
      adopted.forEach(target.bookkeeping()::adopt);
      return adopted;
    } finally {
      target.unlock();
    }
  }

  /// What [#baseline] would take for applied.
  public List<Step> wouldAdopt(int version) {
    requireKnown(version);
    return switch (SchemaState.of(steps, target.history())) {
      case SchemaState.Current _ -> List.of();
      case SchemaState.Behind behind ->
          behind.pending().stream().filter(step -> step.version() <= version).toList();
      case SchemaState other -> throw new SchemaMismatch(other.sentence());
    };
  }

  /// A step that was begun and not finished, if there is one.
  public Optional<Unfinished> unfinished() {
    return target.unfinished();
  }

  /// Makes the history fit the files. The schema itself is not touched.
  ///
  /// @param forget versions that are applied and whose files are gone for good
  /// @return what was done
  public List<Repair> repair(Set<Integer> forget) {
    target.lock(lockTimeout, progress);
    try {
      var repairs = wouldRepair(forget);
      var bookkeeping = target.bookkeeping();
      for (var repair : repairs) {
        switch (repair.kind()) {
          case REALIGN -> bookkeeping.realign(steps.find(repair.version()).orElseThrow());
          case FORGET -> bookkeeping.forget(repair.version());
          case RESUME -> bookkeeping.resume(steps.find(repair.version()).orElseThrow());
        }
      }
      return repairs;
    } finally {
      target.unlock();
    }
  }

  /// What [#repair] would do.
  public List<Repair> wouldRepair(Set<Integer> forget) {
    var repairs = new ArrayList<Repair>();
    var left = new TreeSet<>(forget);
    for (var row : status().rows()) {
      if (row.standing() == Status.Standing.CHANGED) {
        String file = steps.find(row.version()).orElseThrow().file();
        repairs.add(new Repair(row.version(), file, Repair.Kind.REALIGN));
      } else if (row.standing() == Status.Standing.UNKNOWN && left.remove(row.version())) {
        String file = "%04d_%s".formatted(row.version(), row.name());
        repairs.add(new Repair(row.version(), file, Repair.Kind.FORGET));
      }
    }
    if (!left.isEmpty()) {
      throw new UserError(
          "version %04d can't be forgotten: it has a file, or is not applied"
              .formatted(left.getFirst()));
    }
    unfinished()
        .ifPresent(half ->
            steps
                .find(half.version())
                .filter(step -> !step.checksum().equals(half.checksum()))
                .map(step -> new Repair(step.version(), step.file(), Repair.Kind.RESUME))
                .ifPresent(repairs::add));
    return List.copyOf(repairs);
  }

  private void requireKnown(int version) {
    if (steps.find(version).isEmpty()) {
      throw new UserError(
          "there is no version %04d: the newest is %04d".formatted(version, steps.head()));
    }
  }

  private static void requireNotAbove(int version, OptionalInt to) {
    if (to.isPresent() && to.getAsInt() < version) {
      throw new UserError(
          "the schema is at version %04d already: to go back, `down --to %d`"
              .formatted(version, to.getAsInt()));
    }
  }
}
