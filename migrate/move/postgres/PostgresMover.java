package migrate.move.postgres;

import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import fixtures.urls.UserError;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import migrate.move.FailPoint;
import migrate.move.Move;
import migrate.move.MoveProgress;
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
  private static final Duration FOLLOW = Duration.ofHours(1); // behind a copy that took many hours
  private static final int MOST_SHOWN = 20; // differences in a message
  private static final long BEAT_SECONDS = 5;
  private static final int PROBES = 9; // before the copy
  private static final int PROBE_MILLIS = 200; // between probes
  private static final String CLEANED = "cleaned"; // nothing of a rolled-back move is left
  private static final int LOCK = 0x56594d56; // "VYMV": one mover at a time

  private final Session source;
  private final Session target;
  private final MoveTable moves;
  private final Seal seal;
  private final PostgresMoveOptions options;
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
    this.moves = new MoveTable(this.target.dsl());
    this.seal = seal;
    this.options = options;
    this.progress = progress;
  }

  @Override
  public List<Obstacle> preflight() {
    return new Preflight(source, target).run();
  }

  @Override
  public void start() {
    if (known().flatMap(_ -> moves.underWay(Subject.POSTGRES)).isPresent()) {
      throw new UserError(
          "a move to %s is under way: --resume goes on with it, --status tells, --abort ends it"
              .formatted(target.url().masked()));
    }
    List<Obstacle> found = preflight();
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
    new Words(target.dsl())
        .say(Subject.POSTGRES, Word.Command.INCOMING, move.id(), null, CutOver.PATIENCE);
    go(moves.advance(move, Phase.PREFLIGHTED));
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
      backCut(back.get().id()).settle(back.get());
      clean(back.get().id());
      return;
    }
    Move move = current();
    take();
    go(moves.takeOver(move));
  }

  private void take() {
    if (lock != null) {
      return;
    }
    lock = target.another();
    if (!lock.dsl().fetchSingle("SELECT pg_try_advisory_lock(?, 0)", LOCK).get(0, boolean.class)) {
      lock.close();
      lock = null;
      throw new EnvironmentError("another mover works on this move: wait for it, or end it");
    }
  }

  private Link forth(UUID move) {
    return new Link(source, target, Names.of(move).forth());
  }

  private Link back(UUID move) {
    return new Link(target, source, Names.of(move).back());
  }

  private void go(Move begun) {
    try (var _ = beating(begun)) {
      Move move = begun;
      while (!move.phase().over() && move.phase() != Phase.OBSERVING) {
        if (move.phase() == Phase.READY && options.hold()) {
          progress.say("ready to cut over: --resume without --hold does it");
          return;
        }
        move = step(move);
      }
    }
  }

  /// Says now and then that this mover lives.
  private AutoClose beating(Move move) {
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            work -> Thread.ofPlatform().daemon().name("vyry-move-beat").unstarted(work));
    Session session = target.another();
    timer.scheduleWithFixedDelay(
        () -> new MoveTable(session.dsl()).beat(move), 0, BEAT_SECONDS, TimeUnit.SECONDS);
    return () -> {
      timer.shutdownNow();
      session.close();
    };
  }

  private interface AutoClose extends AutoCloseable {
    @Override
    void close();
  }

  private Move step(Move move) {
    UUID id = move.id();
    return switch (move.phase()) {
      case PLANNED -> moves.advance(move, Phase.PREFLIGHTED);
      case PREFLIGHTED -> {
        TargetSchema.strip(target, id);
        forth(id).publish(Table.of(source.dsl()));
        FailPoint.pass("preflighted");
        yield moves.advance(move, Phase.COPYING);
      }
      case COPYING -> {
        copy(id);
        yield moves.advance(move, Phase.CATCHING_UP);
      }
      case CATCHING_UP -> {
        follow(id);
        if (!verify(id, false)) {
          throw new EnvironmentError(
              "both sides differ, so the move stops here: --verify shows where, --verify --mend"
                  + " copies those rows again, then --resume");
        }
        yield moves.advance(move, Phase.VERIFIED);
      }
      case VERIFIED -> {
        prepareBack(id);
        FailPoint.pass("verified");
        yield moves.advance(move, Phase.READY);
      }
      case READY -> {
        CutOver.Result result = forthCut(id).run(move);
        told(result, "cut over");
        yield result.move();
      }
      case FENCED -> {
        progress.say("a cut-over was broken off before it took place: servers go on at the source");
        moves.turnBack(id, Phase.FENCED, Phase.READY, "the next mover");
        Move now = moves.find(id).orElseThrow();
        if (now.phase() == Phase.READY) {
          forthCut(id).reopen(now);
        }
        yield now;
      }
      case CUT -> {
        forthCut(id).settle(move);
        forth(id).remove();
        FailPoint.pass("behind-cut");
        back(id).keep();
        back(id).enable();
        yield moves.advance(move, Phase.OBSERVING);
      }
      case FENCED_BACK -> {
        progress.say("a roll-back was broken off before it took place: servers stay at the target");
        moves.turnBack(id, Phase.FENCED_BACK, Phase.OBSERVING, "the next mover");
        Move now = moves.find(id).orElseThrow();
        if (now.phase() == Phase.OBSERVING) {
          backCut(id).reopen(now);
        }
        yield now;
      }
      case OBSERVING, FINISHED, ROLLED_BACK, ABORTED -> move;
    };
  }

  private CutOver forthCut(UUID id) {
    return new CutOver(
        source, target, moves, false, Table.of(source.dsl()), back(id), seal, progress);
  }

  private CutOver backCut(UUID id) {
    return new CutOver(target, source, moves, true, Table.of(target.dsl()), null, seal, progress);
  }

  private void told(CutOver.Result result, String what) {
    String line =
        "%s: %d ms, %d servers, writes waited for at most %d ms"
            .formatted(what, result.pauseMillis(), result.nodes(), result.waitedMillis());
    progress.say(line);
    moves.put(result.move().id(), "pause", line);
  }

  /// Copies all from the slot's beginning. What an earlier mover had copied belongs to a snapshot
  /// that ended with it, so it is copied again.
  private void copy(UUID id) {
    List<Table> tables = Table.of(source.dsl());
    Link forth = forth(id);
    if (moves.fact(id, "copied").isEmpty()) {
      if (target.number("SELECT count(*) FROM move_ranges WHERE move_id = ?", id) > 0) {
        progress.say("the snapshot of the copy that was broken off is gone: copied again");
      }
      target
          .dsl()
          .transaction(configuration -> {
            var dsl = configuration.dsl();
            dsl.execute(
                "TRUNCATE " + tables.stream().map(Table::name).collect(Collectors.joining(", ")));
            dsl.execute("DELETE FROM move_ranges WHERE move_id = ?", id);
          });
      long began = System.nanoTime();
      var pace = new Pace(options.bytesPerSecond());
      var copying = new Copying(source, target, id, options.workers(), pace, progress);
      try (var snapshot = Snapshot.take(source, forth.name());
          var _ = probing(id, pace)) {
        moves.event(id, "snapshot", snapshot.lsn());
        FailPoint.pass("snapshot");
        copying.copy(snapshot.name(), Table.of(source.dsl()));
      }
      moves.put(id, "copied", "yes");
      rate(id, "copied", copying.rows(), copying.bytes(), System.nanoTime() - began);
    }
    if (!forth.slotThere() || forth.slotLost()) {
      throw new EnvironmentError(
          "the slot at the source is gone, and with it changes that the target needs: --abort, and"
              + " begin again");
    }
    FailPoint.pass("copied");
    long began = System.nanoTime();
    new Copying(source, target, id, options.workers(), new Pace(0), progress).build(tables);
    moves.event(id, "built", "%.1f s".formatted((System.nanoTime() - began) / 1e9));
  }

  private void rate(UUID id, String what, long rows, long bytes, long nanos) {
    String line =
        "%s %,d rows, %,d MB in %.1f s: %,.0f MB/s"
            .formatted(what, rows, bytes / 1_000_000, nanos / 1e9, bytes / 1e6 / (nanos / 1e9));
    progress.say(line);
    moves.event(id, what, line);
  }

  /// Measures what a small commit costs at the source, before the copy and during it.
  private AutoClose probing(UUID id, Pace pace) {
    Session session = source.another();
    long[] before = new long[PROBES];
    for (int i = 0; i < PROBES; i++) {
      before[i] = probe(session, id);
    }
    Arrays.sort(before);
    pace.before(before[PROBES / 2]);
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            work -> Thread.ofPlatform().daemon().name("vyry-move-probe").unstarted(work));
    timer.scheduleWithFixedDelay(
        () -> pace.probed(probe(session, id)), 0, PROBE_MILLIS, TimeUnit.MILLISECONDS);
    return () -> {
      timer.shutdownNow();
      session.close();
    };
  }

  private static long probe(Session session, UUID id) {
    long began = System.nanoTime();
    session
        .dsl()
        .execute(
            "INSERT INTO move_marks (move_id, mark) VALUES (?, 0) ON CONFLICT (move_id, mark)"
                + " DO UPDATE SET mark = 0",
            id);
    return System.nanoTime() - began;
  }

  private void follow(UUID id) {
    Link forth = forth(id);
    forth.subscribe(true, false);
    FailPoint.pass("subscribed");
    Duration took = Marks.pass(source, target, id, FOLLOW);
    progress.say("the target follows; it needed %d ms to catch up".formatted(took.toMillis()));
    moves.event(id, "followed", took.toMillis() + " ms");
  }

  /// What the way back needs, as far as it can be had before the cut-over.
  private void prepareBack(UUID id) {
    Link back = back(id);
    back.publish(Table.of(target.dsl()));
    back.subscribe(false, back.tellsOrigin());
  }

  @Override
  public boolean verify(boolean mend) {
    Move move = current();
    if (move.phase().compareTo(Phase.CATCHING_UP) < 0) {
      throw new UserError("nothing to compare yet: the move is " + move.phase());
    }
    return verify(move.id(), mend);
  }

  private boolean verify(UUID id, boolean mend) {
    boolean onTarget = moves.find(id).orElseThrow().phase().onTarget();
    Session truth = onTarget ? target : source;
    Session copy = onTarget ? source : target;
    long began = System.nanoTime();
    var comparison = new Comparison(truth, copy, id, progress);
    List<Table> tables = Table.of(truth.dsl());
    List<Comparison.Difference> differences = comparison.run(tables);
    if (mend && !differences.isEmpty()) {
      int mended = new Mending(truth, copy).mend(tables, differences);
      progress.say("%d of %d rows were copied again".formatted(mended, differences.size()));
      moves.event(id, "mended", mended + " rows");
      differences = comparison.run(tables);
    }
    for (var difference : differences.stream().limit(MOST_SHOWN).toList()) {
      progress.say("  " + difference);
    }
    String line =
        "compared %,d rows of %d tables in %.1f s: %s"
            .formatted(
                comparison.rows(),
                tables.size(),
                (System.nanoTime() - began) / 1e9,
                differences.isEmpty() ? "alike" : differences.size() + " rows differ");
    progress.say(line);
    moves.event(id, "verified", line);
    return differences.isEmpty();
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
      move = step(move);
      if (move.phase().onTarget()) {
        throw new UserError("the cut-over has just taken place: --resume, then --rollback");
      }
    }
    Fence.lift(source.dsl());
    back(move.id()).remove();
    forth(move.id()).remove();
    forget(source, move.id());
    moves.advance(move, Phase.ABORTED);
    progress.say("the source is as it was; the target can be dropped");
  }

  private static void forget(Session at, UUID id) {
    at.dsl().execute("DELETE FROM move_marks WHERE move_id = ?", id);
  }

  @Override
  public void rollback() {
    Move move = current();
    take();
    move = moves.takeOver(move);
    if (move.phase() == Phase.CUT || move.phase() == Phase.FENCED_BACK) {
      go(move);
      move = moves.find(move.id()).orElseThrow();
    }
    if (move.phase() != Phase.OBSERVING) {
      throw new UserError(
          "the move is %s, and only one that was cut over can be rolled back: --abort ends it"
              .formatted(move.phase()));
    }
    CutOver.Result result = backCut(move.id()).run(move);
    told(result, "rolled back");
    clean(move.id());
  }

  private void clean(UUID id) {
    back(id).remove();
    forth(id).remove();
    forget(source, id);
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
    back(move.id()).remove();
    forget(target, move.id());
    moves.advance(move, Phase.FINISHED);
    progress.say("the source is not kept current any more; it goes on refusing writes");
  }

  @Override
  public Map<String, Object> status() {
    Map<String, Object> status = new LinkedHashMap<>();
    Optional<Move> newest = known().flatMap(_ -> moves.newest(Subject.POSTGRES));
    if (newest.isEmpty()) {
      status.put("move", "none");
      return status;
    }
    Move move = newest.get();
    status.put("move", move.id().toString());
    status.put("phase", move.phase().toString());
    status.put("source", move.source());
    status.put("target", move.target());
    status.put("started", move.startedAt().truncatedTo(java.time.temporal.ChronoUnit.SECONDS) + "");
    status.put("changed", Duration.between(move.changedAt(), Instant.now()).toSeconds() + " s ago");
    moves.fact(move.id(), "pause").ifPresent(pause -> status.put("pause", pause));
    List<String> events = new ArrayList<>();
    moves
        .events(move.id())
        .forEach(e -> events.add("%s %s %s".formatted(e.at(), e.event(), e.detail()).strip()));
    status.put("events", events);
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
  public void close() {
    if (lock != null) {
      lock.close();
    }
    target.close();
    source.close();
  }
}
