package migrate.move.postgres;

import fixtures.urls.EnvironmentError;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import migrate.move.FailPoint;
import migrate.move.Move;
import migrate.move.MoveProgress;
import migrate.move.MoveTable;
import migrate.move.Phase;
import migrate.move.Seal;
import migrate.move.Subject;
import migrate.move.TakenOver;
import migrate.move.Word;
import migrate.move.Words;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;

/// Takes all servers from one database to the other, in one direction or back.
///
/// Writes wait while this happens, they don't fail. Order: the move's row says so; nodes let
/// nothing begin and end what is under way; the fence keeps everybody else out, and a mark behind
/// the last write passes; sequences are set meanwhile; **one commit to the move's row decides**;
/// nodes go on at the other side. Before that commit every failure goes back, behind it every
/// failure goes on.
///
/// Whatever is slow the first time (to connect, to load classes and catalogs) was done once before
/// anybody waits.
final class CutOver {
  /// After which nodes ask for the outcome by themselves.
  static final Duration PATIENCE = Duration.ofSeconds(4);

  /// Nodes that live answer in milliseconds; whoever has not, by then, is kept out by the fence.
  private static final Duration CLOSING = Duration.ofMillis(1_500);

  private static final Duration MOVING = Duration.ofSeconds(5);
  private static final Duration FOLLOWING = Duration.ofMillis(1_500); // within the patience

  /// A mark that takes longer says that the other side is behind: writes would wait for that.
  private static final Duration LAG = Duration.ofMillis(250);

  private static final Duration CATCHING_UP = Duration.ofSeconds(120);
  private static final int MOST_PASSES = 240; // a minute of them, or more
  private static final int ATTEMPTS = 5; // somebody else's long transaction may be in the way
  private static final long BETWEEN_MILLIS = 1_000; // time for requests that waited
  private static final long POLL_MILLIS = 1;

  private static final Pattern WAITED = Pattern.compile("waited for (\\d+) ms");

  private final Feed feed;
  private final Session from;
  private final Session to;
  private final MoveTable moves;
  private final boolean back;
  private final List<Table> tables;
  private final Feed reverse;
  private final MoveProgress progress;
  private final Nodes nodes;
  private final Carried carried;

  /// @param feed by which the one follows the other
  /// @param moves in the move's target, whichever direction this is
  /// @param back whether it goes from the target to the source
  /// @param reverse from `to` to `from`; null when nothing is to follow afterwards
  CutOver(
      Feed feed,
      MoveTable moves,
      boolean back,
      List<Table> tables,
      Feed reverse,
      Seal seal,
      MoveProgress progress) {
    this.feed = feed;
    this.from = feed.from();
    this.to = feed.to();
    this.moves = moves;
    this.back = back;
    this.tables = tables;
    this.reverse = reverse;
    this.progress = progress;
    this.nodes = new Nodes(from, to, seal);
    this.carried = new Carried(from, to);
  }

  /// What it came to.
  ///
  /// @param pauseMillis from the word to close until every node had answered that it moved
  /// @param nodes how many took part
  /// @param waitedMillis the longest that a node kept writes waiting: the pause that people notice
  /// @param parts what the pause was spent on
  record Result(Move move, long pauseMillis, int nodes, long waitedMillis, String parts) {}

  /// What the pause is spent on.
  private static final class Watch {
    private final long began = System.nanoTime();
    private long last = began;
    private final StringBuilder parts = new StringBuilder();

    void lap(String what) {
      long now = System.nanoTime();
      parts.append("%s%s %.1f".formatted(parts.isEmpty() ? "" : ", ", what, (now - last) / 1e6));
      last = now;
    }

    long millis() {
      return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    }
  }

  private Phase fenced() {
    return back ? Phase.FENCED_BACK : Phase.FENCED;
  }

  private Phase before() {
    return back ? Phase.OBSERVING : Phase.READY;
  }

  private Phase after() {
    return back ? Phase.ROLLED_BACK : Phase.CUT;
  }

  Result run(Move move) {
    for (int attempt = 1; ; attempt++) {
      try {
        return once(move);
      } catch (NotNow e) {
        move = moves.find(move.id()).orElseThrow();
        if (attempt == ATTEMPTS) {
          throw new EnvironmentError(e.getMessage() + ": tried " + ATTEMPTS + " times, --resume");
        }
        progress.say("not yet: " + e.getMessage() + "; tried again");
        Pause.millis(BETWEEN_MILLIS);
      }
    }
  }

  /// The cut-over was turned back, and may be tried again.
  private static final class NotNow extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotNow(String message) {
      super(message);
    }
  }

  private Result once(Move ready) {
    progress.say("%d servers are ready to move".formatted(nodes.prepare(ready)));
    for (int pass = 1; feed.pass(ready.id(), CATCHING_UP).compareTo(LAG) > 0; pass++) {
      if (pass == MOST_PASSES) {
        throw new EnvironmentError(
            "the %s follows later than %d ms, and writes would wait for that: --resume when there"
                    .formatted(to.side(), LAG.toMillis())
                + " is less to follow");
      }
      Pause.millis(POLL_MILLIS);
    }
    if (reverse != null) {
      if (reverse.tellsOrigin()) {
        reverse.keep();
      } else {
        reverse.forget(); // an attempt that was broken off left it: it would tell of our changes
      }
    }
    carried.carry();
    Fence.prepare(from.dsl(), to.url().masked());
    try (Session fencing = from.another()) {
      Fence.rehearse(fencing.dsl());
      Marks.write(fencing.dsl(), ready.id()); // what is slow the first time, as well
      holdOff(fencing);
      FailPoint.pass("ready");
      return closing(ready, fencing);
    }
  }

  /// Keeps what maintains tables out of the way from now on, while nobody waits.
  private void holdOff(Session fencing) {
    try {
      fencing.connection().setAutoCommit(false);
      Fence.holdOff(fencing.dsl(), names());
    } catch (DataAccessException e) {
      throw new NotNow("a table is being maintained (" + reason(e) + ")");
    } catch (SQLException e) {
      throw new NotNow("the %s: %s".formatted(from.side(), e.getMessage()));
    }
  }

  private List<String> names() {
    return tables.stream().map(Table::name).toList();
  }

  private Result closing(Move ready, Session fencing) {
    Move move = moves.advance(ready, fenced());
    var watch = new Watch();
    try {
      FailPoint.pass("fenced");
      long word = nodes.say(Word.Command.CLOSE, move);
      List<Words.Answer> closed = nodes.answers(word, CLOSING);
      Nodes.failed(closed)
          .ifPresent(answer -> {
            throw new NotNow(answer.name() + " " + answer.answer().orElseThrow());
          });
      watch.lap("servers closed");
      if (closed.stream().anyMatch(answer -> answer.answer().isEmpty())) {
        nodes.terminate();
      }
      long mark = raise(fencing, word, move);
      watch.lap("fence");
      FailPoint.pass("closed");
      carried.carry(); // while the mark is on its way
      watch.lap("sequences");
      feed.await(move.id(), mark, FOLLOWING);
      watch.lap("followed");
      if (reverse != null && !reverse.tellsOrigin()) {
        reverse.keep(); // only now: what has come from there would be sent back there
        watch.lap("way back");
      }
      FailPoint.pass("caught-up");
      move = decide(move, word);
      watch.lap("decided");
    } catch (RuntimeException e) {
      turnBack(move, e);
    }
    FailPoint.pass("cut");
    return settled(moves.find(move.id()).orElseThrow(), watch);
  }

  /// From here on the other side counts. On the way there its servers' word is a part of it, since
  /// it stands in the same database.
  private Move decide(Move move, long word) {
    if (back) {
      return moves.advance(move, after());
    }
    return to.dsl()
        .transactionResult(configuration -> {
          Move decided = new MoveTable(configuration.dsl()).advance(move, after());
          open(new Words(configuration.dsl()), word, move);
          return decided;
        });
  }

  private static void open(Words there, long epoch, Move move) {
    there.sayAtLeast(
        epoch + EPOCHS_APART, Subject.POSTGRES, Word.Command.OPEN, move.id(), null, PATIENCE);
  }

  private Result settled(Move move, Watch watch) {
    List<Words.Answer> moved = settle(move);
    watch.lap("servers moved");
    long pause = watch.millis();
    long waited = 0;
    int count = 0;
    for (Words.Answer answer : moved) {
      var matcher = WAITED.matcher(answer.answer().orElse(""));
      if (matcher.find()) {
        count++;
        waited = Math.max(waited, Long.parseLong(matcher.group(1)));
      }
      moves.event(move.id(), "node", answer.name() + ": " + answer.answer().orElse("silent"));
    }
    return new Result(move, pause, count, waited, watch.parts.toString());
  }

  /// Makes known what was decided: the other side is open, this one sends everybody there. May be
  /// repeated.
  List<Words.Answer> settle(Move move) {
    if (back) {
      Fence.lift(to.dsl());
    }
    var there = new Words(to.dsl());
    if (there
        .about(Subject.POSTGRES)
        .filter(word -> word.command() == Word.Command.OPEN)
        .isEmpty()) {
      open(there, new Words(from.dsl()).about(Subject.POSTGRES).map(Word::epoch).orElse(0L), move);
    }
    FailPoint.pass("opened");
    return nodes.answers(nodes.say(Word.Command.MOVED, move), MOVING);
  }

  /// The other side's words count from here: nodes must take them for newer than all of this side.
  static final long EPOCHS_APART = 100;

  /// Raises the fence, unless somebody else said something meanwhile. Its locks wait for every
  /// writer, so a mark in the same transaction stands behind all that was ever written here.
  ///
  /// @return the mark
  private long raise(Session fencing, long word, Move move) {
    DSLContext dsl = fencing.dsl();
    try {
      dsl.execute("SET LOCAL lock_timeout = '700ms'");
      long newest =
          dsl.fetchSingle(
                  "SELECT epoch FROM move_controls WHERE subject = ? FOR UPDATE",
                  Subject.POSTGRES.toString())
              .get(0, long.class);
      if (newest != word) {
        throw new TakenOver("a server has waited for too long and took the cut-over back");
      }
      Fence.raise(dsl, names());
      long mark = Marks.write(dsl, move.id());
      fencing.connection().commit();
      return mark;
    } catch (DataAccessException e) {
      throw new NotNow("a transaction is in the way of the fence (" + reason(e) + ")");
    } catch (SQLException e) {
      throw new NotNow("the fence could not be raised (" + e.getMessage() + ")");
    }
  }

  private static String reason(DataAccessException e) {
    return String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
  }

  /// Goes back, if the row still allows it.
  private void turnBack(Move move, RuntimeException cause) {
    Phase phase = null;
    try {
      moves.turnBack(move.id(), fenced(), before(), "the mover: " + cause.getMessage());
      phase = moves.find(move.id()).orElseThrow().phase();
    } catch (DataAccessException e) {
      throw new EnvironmentError(
          "the database that decides can't be reached, so writes go on waiting: mend it, then"
              + " --resume ("
              + reason(e)
              + ")",
          cause);
    }
    if (phase != after()) {
      reopen(move);
      throw cause instanceof NotNow || cause instanceof TakenOver
          ? cause
          : new NotNow(String.valueOf(cause.getMessage()));
    }
  }

  /// Lets everybody go on here.
  void reopen(Move move) {
    Fence.lift(from.dsl());
    nodes.say(Word.Command.OPEN, move);
  }
}
