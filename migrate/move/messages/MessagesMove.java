package migrate.move.messages;

import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;
import fixtures.urls.UserError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import migrate.move.FailPoint;
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
import migrate.move.postgres.CommitTimes;
import migrate.schema.Schema;
import org.jooq.DSLContext;

/// Moves messages from PostgreSQL to CQL or back, while people write.
///
/// Its state is in PostgreSQL: the move's row and, for each conversation, in its own row where its
/// log lives; the target's heads say how far it is copied. So every call begins with what it finds.
public final class MessagesMove implements Mover {
  /// How a move is made.
  ///
  /// @param to the store that the messages go to
  /// @param sharePercent how much of the conversations is cut over
  /// @param rate at most so many messages a second; 0 for no limit
  /// @param adaptive whether the copy gives way when the databases answer late
  /// @param shadow for how long live reads are made from both stores before the first cut-over
  public record Options(Place to, int sharePercent, long rate, boolean adaptive, Duration shadow) {}

  private static final String TO = "to";

  /// Facts that the status shows.
  static final String TOLD = "told.";

  private static final int ALL = 100; // percent

  private final Options options;
  private final PostgresUrl postgres;
  private final CqlUrl cql;
  private final Seal seal;
  private final MoveProgress progress;
  private final ControlConnection control;
  private final DSLContext dsl;
  private final MoveTable table;
  private final Places places;
  private final MessageSides sides;
  private MessageSide postgresSide; // opened when it is needed, as the next one
  private MessageSide cqlSide;
  private CommitTimes times; // null: nothing was done yet that takes long

  /// Opens nothing yet: a move can be aborted, and told of, while its target is away.
  public MessagesMove(
      PostgresUrl postgres,
      CqlUrl cql,
      MessageSides sides,
      Seal seal,
      Options options,
      MoveProgress progress) {
    this.postgres = postgres;
    this.cql = cql;
    this.seal = seal;
    this.options = options;
    this.progress = progress;
    this.control = new ControlConnection(postgres);
    this.dsl = control.dsl();
    this.table = new MoveTable(dsl);
    this.places = new Places(dsl);
    this.sides = sides;
  }

  private MessageSide side(Place place) {
    if (place == Place.POSTGRES) {
      postgresSide = postgresSide == null ? sides.postgres(postgres) : postgresSide;
      return postgresSide;
    }
    cqlSide = cqlSide == null ? sides.cql(cql) : cqlSide;
    return cqlSide;
  }

  private String shown(Place place) {
    return place == Place.CQL ? cql.masked() : postgres.masked();
  }

  @Override
  public List<Obstacle> preflight() {
    List<Obstacle> found = new ArrayList<>();
    Place from = options.to().other();
    Map<Place, Long> counts = places.count();
    if (places.unmarked().isEmpty() && options.to() == Place.POSTGRES) {
      counts.put(Place.CQL, counts.get(Place.POSTGRES) + counts.get(Place.CQL));
      counts.put(Place.POSTGRES, 0L);
    }
    if (counts.get(from) == 0) {
      found.add(
          new Obstacle(
              true,
              "no conversation's messages are in " + from,
              "there is nothing to move; see --status"));
    }
    table
        .underWay(Subject.MESSAGES)
        .ifPresent(move ->
            found.add(
                new Obstacle(
                    true,
                    "a move of messages is under way since " + move.startedAt(),
                    "--resume goes on with it, --abort or --rollback ends it")));
    return found;
  }

  @Override
  public void start() {
    List<Obstacle> stops = preflight().stream().filter(Obstacle::fatal).toList();
    if (!stops.isEmpty()) {
      throw new UserError(stops.getFirst().toString());
    }
    Place from = options.to().other();
    UUID id = UUID.randomUUID();
    Move move = table.begin(id, Subject.MESSAGES, shown(from), shown(options.to()));
    table.put(id, TO, options.to().toString());
    places.home(from, from);
    go(table.advance(move, Phase.PREFLIGHTED));
  }

  @Override
  public void resume() {
    go(table.takeOver(underWay()));
  }

  private Move underWay() {
    return table
        .underWay(Subject.MESSAGES)
        .orElseThrow(
            () -> new UserError("no move of messages is under way: begin one with --to URL"));
  }

  private Place to(Move move) {
    return Place.valueOf(table.fact(move.id(), TO).orElseThrow().toUpperCase(Locale.ROOT));
  }

  /// Takes the move from phase to phase until there is nothing to do by itself.
  private void go(Move from) {
    measure();
    Move move = from;
    while (true) {
      FailPoint.pass(move.phase().toString());
      Place to = to(move);
      progress.say(move.phase().toString());
      switch (move.phase()) {
        case PLANNED -> {
          places.home(to.other(), to.other());
          move = table.advance(move, Phase.PREFLIGHTED);
        }
        case PREFLIGHTED -> {
          Schema.cql().up(cql);
          move = table.advance(move, Phase.COPYING);
        }
        case COPYING -> {
          backfill(move, to);
          move = table.advance(move, Phase.CATCHING_UP);
        }
        case CATCHING_UP -> {
          if (!compared(move, to, false)) {
            throw new StoresDiffer(
                "the copy differs: see --verify; --verify --mend copies again what differs");
          }
          move = table.advance(move, Phase.VERIFIED);
        }
        case VERIFIED -> move = table.advance(move, Phase.READY);
        case READY -> {
          tell(move, Word.Command.PREPARE, to);
          shadow(move, to);
          move = table.advance(move, Phase.CUT);
        }
        case CUT -> {
          if (options.sharePercent() == ALL) {
            places.home(to.other(), to);
          }
          if (!cutting(move, to).share(options.sharePercent())) {
            return;
          }
          tell(move, Word.Command.MOVED, to);
          move = table.advance(move, Phase.OBSERVING);
        }
        case FENCED_BACK -> {
          back(move, to);
          return;
        }
        default -> {
          return;
        }
      }
    }
  }

  private void measure() {
    times = times == null ? CommitTimes.at(postgres) : times;
  }

  /// Lets nodes read from both for a while, and asks them what they found.
  private void shadow(Move move, Place to) {
    if (options.shadow().isZero()) {
      return;
    }
    LockSupport.parkNanos(options.shadow().toNanos());
    ShadowCounts found =
        tell(move, Word.Command.PREPARE, to).stream()
            .map(ShadowCounts::of)
            .reduce(new ShadowCounts(0, 0, 0), ShadowCounts::plus);
    progress.say(found.toString());
    table.event(move.id(), "shadow", found.toString());
    if (found.differing() > 0) {
      throw new StoresDiffer(
          "reads differ (%s): see --verify; --verify --mend copies again what differs"
              .formatted(found));
    }
  }

  private void backfill(Move move, Place to) {
    MessageSide source = side(to.other());
    MessageSide target = side(to);
    var throttle =
        new Throttle(
            options.rate(), options.adaptive(), () -> Math.max(source.probe(), target.probe()));
    new Backfill(table, places, new Copy(source, target, throttle), progress).run(move);
  }

  private boolean compared(Move move, Place to, boolean mend) {
    var comparison = new Comparing(places, side(to.other()), side(to), progress);
    boolean alike = comparison.run(mend);
    table.event(move.id(), "verified", comparison.toString());
    return alike;
  }

  private Cutting cutting(Move move, Place to) {
    var copy = new Copy(side(to.other()), side(to), new Throttle(0, false, () -> 0));
    return new Cutting(dsl, table, move, copy, progress);
  }

  /// Says it, and waits until every living node has done it.
  private List<String> tell(Move move, Word.Command command, Place to) {
    byte[] sealed = seal.close(new MessageWord(to, cql.text()).text());
    return new Telling(new Words(dsl)).tell(command, move.id(), sealed);
  }

  @Override
  public boolean verify(boolean mend) {
    Move move =
        table
            .newest(Subject.MESSAGES)
            .orElseThrow(() -> new UserError("there was no move of messages yet"));
    return compared(move, to(move), mend);
  }

  @Override
  public void abort() {
    Move move = table.takeOver(underWay());
    if (move.phase().onTarget()) {
      throw new UserError(
          "conversations have been cut over (%s): --rollback brings them back"
              .formatted(move.phase()));
    }
    Place from = to(move).other();
    places.home(from, from);
    if (move.phase() == Phase.READY) {
      tell(move, Word.Command.MOVED, from); // some may have prepared
    }
    table.advance(move, Phase.ABORTED);
  }

  @Override
  public void rollback() {
    Move move = table.takeOver(underWay());
    if (!move.phase().onTarget()) {
      throw new UserError("nothing has been cut over yet (%s): --abort".formatted(move.phase()));
    }
    if (move.phase() != Phase.FENCED_BACK) {
      move = table.advance(move, Phase.FENCED_BACK);
    }
    measure();
    back(move, to(move));
  }

  private void back(Move move, Place to) {
    Place from = to.other();
    tell(move, Word.Command.PREPARE, from);
    places.home(from, from);
    cutting(move, from).share(ALL);
    tell(move, Word.Command.MOVED, from);
    table.advance(move, Phase.ROLLED_BACK);
    progress.say("rolled back: all messages are in " + from);
  }

  @Override
  public void finish() {
    Move move = table.takeOver(underWay());
    if (move.phase() != Phase.OBSERVING) {
      throw new UserError(
          "not all conversations are cut over (%s): --resume first".formatted(move.phase()));
    }
    // One that was being made just when new ones began to go to the new store.
    cutting(move, to(move)).share(ALL);
    table.advance(move, Phase.FINISHED);
  }

  @Override
  public List<MoveEvent> events() {
    return table.newest(Subject.MESSAGES).map(move -> table.events(move.id())).orElse(List.of());
  }

  @Override
  public List<MoveSample> samples() {
    return times == null ? List.of() : times.samples();
  }

  @Override
  public Map<String, Object> status() {
    Map<String, Object> told = new LinkedHashMap<>();
    Optional<Move> newest = table.newest(Subject.MESSAGES);
    newest.ifPresent(move -> {
      told.put("move", "messages, to " + to(move));
      told.put("phase", move.phase().toString());
      told.put("from", move.source());
      told.put("to", move.target());
      told.put("since", move.startedAt().toString());
    });
    places.count().forEach((place, count) -> told.put("in " + place, count + " conversations"));
    newest.ifPresent(move ->
        table
            .facts(move.id(), TOLD)
            .forEach((name, value) -> told.put(name.substring(TOLD.length()), value)));
    return told;
  }

  @Override
  public void close() {
    if (cqlSide != null) {
      cqlSide.close();
    }
    if (postgresSide != null) {
      postgresSide.close();
    }
    if (times != null) {
      times.close();
    }
    control.close();
  }
}
