package migrate.move.postgres;

import fixtures.urls.EnvironmentError;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import migrate.move.FailPoint;
import migrate.move.Move;
import migrate.move.MoveProgress;
import migrate.move.MoveTable;
import migrate.move.Phase;
import migrate.move.Seal;

/// The way of a move from phase to phase. Each is entered by what the databases say, and may be
/// gone through again. For one thread.
final class Stages {
  /// The fact that a move has when its changes are noted by triggers.
  static final String BY_TRIGGERS = "by-triggers";

  private static final Duration FOLLOW = Duration.ofHours(1); // behind a copy that took many hours
  private static final int MOST_SHOWN = 20; // differences in a message
  private static final int BEAT_MILLIS = 5_000;

  private final Session source;
  private final Session target;
  private final MoveTable moves;
  private final Seal seal;
  private final PostgresMoveOptions options;
  private final MoveProgress progress;
  final Probe probe = new Probe();

  Stages(
      Session source,
      Session target,
      Seal seal,
      PostgresMoveOptions options,
      MoveProgress progress) {
    this.source = source;
    this.target = target;
    this.moves = new MoveTable(target.dsl());
    this.seal = seal;
    this.options = options;
    this.progress = progress;
  }

  Feed forth(UUID move) {
    return feed(source, target, move, Names.of(move).forth());
  }

  Feed back(UUID move) {
    return feed(target, source, move, Names.of(move).back());
  }

  private Feed feed(Session from, Session to, UUID move, String name) {
    return moves.fact(move, BY_TRIGGERS).isPresent()
        ? new Journal(from, to, name)
        : new Link(from, to, name);
  }

  /// Takes it as far as it goes by itself.
  void go(Move begun) {
    try (var _ =
            Repeated.every(
                BEAT_MILLIS, target, session -> new MoveTable(session.dsl()).beat(begun));
        var _ = probe.start(source)) {
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

  /// One phase.
  Move step(Move move) {
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
        new Filling(source, target, move, forth(id), options, probe, progress).run();
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

  CutOver forthCut(UUID id) {
    return new CutOver(forth(id), moves, false, Table.of(source.dsl()), back(id), seal, progress);
  }

  CutOver backCut(UUID id) {
    return new CutOver(back(id), moves, true, Table.of(target.dsl()), null, seal, progress);
  }

  void told(CutOver.Result result, String what) {
    String line =
        "%s: %d ms, %d servers, writes waited for at most %d ms (ms: %s)"
            .formatted(
                what, result.pauseMillis(), result.nodes(), result.waitedMillis(), result.parts());
    progress.say(line);
    moves.put(result.move().id(), "pause", line);
    moves.event(result.move().id(), "pause", line);
  }

  private void follow(UUID id) {
    Feed forth = forth(id);
    forth.subscribe(true, false);
    FailPoint.pass("subscribed");
    Duration took = forth.pass(id, FOLLOW);
    progress.say("the target follows; it needed %d ms to catch up".formatted(took.toMillis()));
    moves.event(id, "followed", took.toMillis() + " ms");
  }

  /// What the way back needs, as far as it can be had before the cut-over.
  private void prepareBack(UUID id) {
    Feed back = back(id);
    back.publish(Table.of(target.dsl()));
    back.subscribe(false, back.tellsOrigin());
  }

  boolean verify(UUID id, boolean mend) {
    boolean onTarget = moves.find(id).orElseThrow().phase().onTarget();
    Session truth = onTarget ? target : source;
    Session copy = onTarget ? source : target;
    long began = System.nanoTime();
    var pace = new Pace(options.bytesPerSecond());
    var comparison = new Comparison(onTarget ? back(id) : forth(id), id, pace, progress);
    List<Table> tables = Table.of(truth.dsl());
    List<Comparison.Difference> differences;
    try {
      if (Filling.inUse(truth)) {
        probe.pace(pace);
      }
      differences = comparison.run(tables);
    } finally {
      probe.release();
    }
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

  /// Takes away what a rolled-back move left.
  void clean(UUID id) {
    back(id).remove();
    forth(id).remove();
    forget(source, id);
  }

  static void forget(Session at, UUID id) {
    at.dsl().execute("DELETE FROM move_marks WHERE move_id = ?", id);
  }
}
