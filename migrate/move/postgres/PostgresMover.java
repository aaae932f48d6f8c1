package migrate.move.postgres;

import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import fixtures.urls.UserError;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import migrate.move.Move;
import migrate.move.MoveEvent;
import migrate.move.MoveProgress;
import migrate.move.MoveSample;
import migrate.move.MoveTable;
import migrate.move.Mover;
import migrate.move.Obstacle;
import migrate.move.Phase;
import migrate.move.Seal;
import migrate.move.Subject;
import migrate.move.Word;
import migrate.move.Words;

/// Moves a system from one PostgreSQL to another while it is in use.
///
/// The move's state stands in the target; what it made in both databases bears its name ([Names]).
/// Each call looks at the state and at the world, and goes on from there.
public final class PostgresMover implements Mover {
  private static final String CLEANED = "cleaned"; // nothing of a rolled-back move is left
  private static final int LOCK_TRIES = 20; // a killed mover's session ends within a moment
  private static final int LOCK_MILLIS = 250;
  private static final int LOCK = 0x56594d56; // "VYMV": one mover at a time

  private final Session source;
  private final Session target;
  private final MoveTable moves;
  private final PostgresMoveOptions options;
  private final Stages stages;
  private final MoveProgress progress;
  private Session lock; // null: not held

  /// @param source what the settings name: the old database, also after the cut-over
  /// @throws EnvironmentError when one of them can't be reached
  public PostgresMover(
      PostgresUrl source,
      PostgresUrl target,
      Seal seal,
      PostgresMoveOptions options,
      MoveProgress progress) {
    this.source = Session.open("source", source);
    try {
      this.target = Session.open("target", target);
    } catch (RuntimeException e) {
      this.source.close();
      throw e;
    }
    this.options = options;
    this.moves = new MoveTable(this.target.dsl());
    this.stages = new Stages(this.source, this.target, seal, options, progress);
    this.progress = progress;
  }

  @Override
  public List<Obstacle> preflight() {
    return new Preflight(source, target, options.follow()).run();
  }

  @Override
  public void start() {
    if (known().flatMap(_ -> moves.underWay(Subject.POSTGRES)).isPresent()) {
      throw new UserError(
          "a move to %s is under way: --resume goes on with it, --status tells, --abort ends it"
              .formatted(target.url().masked()));
    }
    var preflight = new Preflight(source, target, options.follow());
    List<Obstacle> found = preflight.run();
    found.stream().filter(o -> !o.fatal()).forEach(o -> progress.say("note: " + o));
    List<Obstacle> fatal = found.stream().filter(Obstacle::fatal).toList();
    if (!fatal.isEmpty()) {
      throw new UserError(
          fatal.stream().map(Obstacle::toString).collect(Collectors.joining("; also ")));
    }
    TargetSchema.make(source, target);
    take();
    Move move =
        moves.begin(
            UUID.randomUUID(), Subject.POSTGRES, source.url().masked(), target.url().masked());
    if (preflight.byTriggers()) {
      moves.put(move.id(), Stages.BY_TRIGGERS, "yes");
    }
    new Words(target.dsl())
        .say(Subject.POSTGRES, Word.Command.INCOMING, move.id(), null, CutOver.PATIENCE);
    stages.go(moves.advance(move, Phase.PREFLIGHTED));
  }

  /// Whether the target knows of moves at all.
  private Optional<Boolean> known() {
    return Optional.ofNullable(target.text("SELECT to_regclass('moves')::text")).map(_ -> true);
  }

  private Move current() {
    return known()
        .flatMap(_ -> moves.underWay(Subject.POSTGRES))
        .orElseThrow(() ->
            new UserError(
                "no move to %s is under way: begin one without --resume and the like"
                    .formatted(target.url().masked())));
  }

  @Override
  public void resume() {
    Optional<Move> back =
        known()
            .flatMap(_ -> moves.newest(Subject.POSTGRES))
            .filter(newest -> newest.phase() == Phase.ROLLED_BACK)
            .filter(newest -> moves.fact(newest.id(), CLEANED).isEmpty());
    if (back.isPresent()) {
      take();
      stages.backCut(back.get().id()).settle(back.get());
      clean(back.get().id());
      return;
    }
    Move move = current();
    take();
    stages.go(moves.takeOver(move));
  }

  private void take() {
    if (lock != null) {
      return;
    }
    lock = target.another();
    for (int i = 0; i < LOCK_TRIES; i++) {
      if (lock.dsl().fetchSingle("SELECT pg_try_advisory_lock(?, 0)", LOCK).get(0, boolean.class)) {
        return;
      }
      Pause.millis(LOCK_MILLIS);
    }
    lock.close();
    lock = null;
    throw new EnvironmentError("another mover works on this move: wait for it, or end it");
  }

  @Override
  public boolean verify(boolean mend) {
    Move move = current();
    if (move.phase().compareTo(Phase.CATCHING_UP) < 0) {
      throw new UserError("nothing to compare yet: the move is " + move.phase());
    }
    return stages.verify(move.id(), mend);
  }

  @Override
  public void abort() {
    Move move = current();
    if (move.phase().onTarget()) {
      throw new UserError(
          "the servers are at the target already: --rollback goes back to the source");
    }
    take();
    move = moves.takeOver(move);
    if (move.phase() == Phase.FENCED) {
      move = stages.step(move);
      if (move.phase().onTarget()) {
        throw new UserError("the cut-over has just taken place: --resume, then --rollback");
      }
    }
    Fence.lift(source.dsl());
    stages.back(move.id()).remove();
    stages.forth(move.id()).remove();
    Stages.forget(source, move.id());
    moves.advance(move, Phase.ABORTED);
    progress.say("the source is as it was; the target can be dropped");
  }

  @Override
  public void rollback() {
    Move move = current();
    take();
    move = moves.takeOver(move);
    if (move.phase() == Phase.CUT || move.phase() == Phase.FENCED_BACK) {
      stages.go(move);
      move = moves.find(move.id()).orElseThrow();
    }
    if (move.phase() != Phase.OBSERVING) {
      throw new UserError(
          "the move is %s, and only one that was cut over can be rolled back: --abort ends it"
              .formatted(move.phase()));
    }
    CutOver.Result result = stages.backCut(move.id()).run(move);
    stages.told(result, "rolled back");
    clean(move.id());
  }

  private void clean(UUID id) {
    stages.clean(id);
    moves.put(id, CLEANED, "yes");
  }

  @Override
  public void finish() {
    Move move = current();
    take();
    move = moves.takeOver(move);
    if (move.phase() != Phase.OBSERVING) {
      throw new UserError(
          "the move is %s: --resume takes it to where it can be finished".formatted(move.phase()));
    }
    stages.back(move.id()).remove();
    Stages.forget(target, move.id());
    moves.advance(move, Phase.FINISHED);
    progress.say("the source is not kept current any more; it goes on refusing writes");
  }

  @Override
  public Map<String, Object> status() {
    Optional<Move> newest = known().flatMap(_ -> moves.newest(Subject.POSTGRES));
    if (newest.isEmpty()) {
      return Map.of("move", "none");
    }
    Move move = newest.get();
    var status = moves.told(move);
    status.put(
        "next",
        switch (move.phase()) {
          case OBSERVING -> "--rollback goes back, --finish lets go of the source";
          case FINISHED -> "set POSTGRES_URL of the servers to the target";
          case ROLLED_BACK, ABORTED -> "the target can be dropped";
          default -> "--resume goes on, --abort leaves the source as it was";
        });
    return status;
  }

  @Override
  public List<MoveEvent> events() {
    return known()
        .flatMap(_ -> moves.newest(Subject.POSTGRES))
        .map(move -> moves.events(move.id()))
        .orElse(List.of());
  }

  @Override
  public List<MoveSample> samples() {
    return stages.probe.samples();
  }

  @Override
  public void close() {
    if (lock != null) {
      lock.close();
    }
    target.close();
    source.close();
  }
}
