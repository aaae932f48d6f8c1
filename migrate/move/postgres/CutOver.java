package migrate.move.postgres;

import fixtures.urls.EnvironmentError;
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
import org.jooq.exception.DataAccessException;

/// Takes all servers from one database to the other, in one direction or back.
///
/// Writes wait while this happens, they don't fail. Order: the move's row says so; nodes let
/// nothing begin and end what is under way; the fence keeps everybody else out; a mark passes;
/// sequences are set; **one statement on the move's row decides**; nodes go on at the other side.
/// Before that statement every failure goes back, behind it every failure goes on.
final class CutOver {
  /// After which nodes ask for the outcome by themselves.
  static final Duration PATIENCE = Duration.ofSeconds(4);

  /// Nodes that live answer in milliseconds; whoever has not, by then, is kept out by the fence.
  private static final Duration CLOSING = Duration.ofMillis(1_500);

  private static final Duration PREPARING = Duration.ofSeconds(15); // they connect, and log in
  private static final Duration MOVING = Duration.ofSeconds(5);
  private static final Duration FOLLOWING = Duration.ofMillis(1_500); // within the patience

  /// A mark that takes longer says that the other side is behind: writes would wait for that.
  private static final Duration LAG = Duration.ofMillis(250);

  private static final Duration CATCHING_UP = Duration.ofSeconds(120);
  private static final int ATTEMPTS = 5; // somebody else's long transaction may be in the way
  private static final long BETWEEN_MILLIS = 1_000; // time for requests that waited
  private static final long POLL_MILLIS = 1;

  private static final Pattern WAITED = Pattern.compile("waited for (\\d+) ms");

  private final Session from;
  private final Session to;
  private final MoveTable moves;
  private final boolean back;
  private final List<Table> tables;
  private final Link reverse;
  private final Seal seal;
  private final MoveProgress progress;
  private final Words words;

  /// @param moves in the move's target, whichever direction this is
  /// @param back whether it goes from the target to the source
  /// @param reverse from `to` to `from`; null when nothing is to follow afterwards
  CutOver(
      Session from,
      Session to,
      MoveTable moves,
      boolean back,
      List<Table> tables,
      Link reverse,
      Seal seal,
      MoveProgress progress) {
    this.from = from;
    this.to = to;
    this.moves = moves;
    this.back = back;
    this.tables = tables;
    this.reverse = reverse;
    this.seal = seal;
    this.progress = progress;
    this.words = new Words(from.dsl());
  }

  /// What it came to.
  ///
  /// @param pauseMillis from the word to close until the last node had moved
  /// @param nodes how many took part
  /// @param waitedMillis the longest that a node kept writes waiting
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
    prepare(ready);
    while (Marks.pass(from, to, ready.id(), CATCHING_UP).compareTo(LAG) > 0) {
      Pause.millis(POLL_MILLIS); // bounded: each pass is, and behind each there is less to follow
    }
    if (reverse != null && reverse.tellsOrigin()) {
      reverse.keep();
    }
    Fence.prepare(from.dsl(), to.url().masked());
    FailPoint.pass("ready");
    Move move = moves.advance(ready, fenced());
    var watch = new Watch();
    try {
      FailPoint.pass("fenced");
      long word = say(Word.Command.CLOSE, move);
      List<Words.Answer> closed = answers(word, CLOSING);
      failed(closed)
          .ifPresent(answer -> {
            throw new NotNow(answer.name() + " " + answer.answer().orElseThrow());
          });
      watch.lap("servers closed");
      long silent = closed.stream().filter(answer -> answer.answer().isEmpty()).count();
      raise(word, silent > 0);
      watch.lap("fence");
      FailPoint.pass("closed");
      Marks.pass(from, to, move.id(), FOLLOWING);
      watch.lap("followed");
      sequences();
      otherWords();
      if (reverse != null) {
        reverse.keep();
      }
      watch.lap("way back");
      FailPoint.pass("caught-up");
      move = moves.advance(move, after());
      watch.lap("decided");
    } catch (RuntimeException e) {
      turnBack(move, e);
    }
    FailPoint.pass("cut");
    return settled(moves.find(move.id()).orElseThrow(), watch);
  }

  private Result settled(Move move, Watch watch) {
    List<Words.Answer> moved = settle(move);
    watch.lap("servers moved");
    long pause = watch.millis();
    long waited = 0;
    int nodes = 0;
    for (Words.Answer answer : moved) {
      var matcher = WAITED.matcher(answer.answer().orElse(""));
      if (matcher.find()) {
        nodes++;
        waited = Math.max(waited, Long.parseLong(matcher.group(1)));
      }
      moves.event(move.id(), "node", answer.name() + ": " + answer.answer().orElse("silent"));
    }
    return new Result(move, pause, nodes, waited, watch.parts.toString());
  }

  /// Makes known what was decided: the other side is open, this one sends everybody there. May be
  /// repeated.
  List<Words.Answer> settle(Move move) {
    if (back) {
      Fence.lift(to.dsl());
    }
    long epoch = words.about(Subject.POSTGRES).map(Word::epoch).orElse(0L);
    new Words(to.dsl())
        .sayAtLeast(
            epoch + EPOCHS_APART, Subject.POSTGRES, Word.Command.OPEN, move.id(), null, PATIENCE);
    FailPoint.pass("opened");
    return answers(say(Word.Command.MOVED, move), MOVING);
  }

  /// The other side's words count from here: nodes must take them for newer than all of this side.
  static final long EPOCHS_APART = 100;

  private void prepare(Move move) {
    List<Words.Answer> prepared = answers(say(Word.Command.PREPARE, move), PREPARING);
    for (Words.Answer answer : prepared) {
      if (answer.failed() || answer.answer().isEmpty()) {
        say(Word.Command.OPEN, move);
        throw new EnvironmentError(
            "the server %s is not ready to move (%s): see that it reaches %s, then --resume"
                .formatted(answer.name(), answer.answer().orElse("no answer"), to.url().masked()));
      }
    }
    long sessions =
        from.number(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                + " AND application_name ~ '^vyry-.* schema [0-9]{4}$'");
    if (prepared.isEmpty() && sessions > 0) {
      say(Word.Command.OPEN, move);
      throw new EnvironmentError(
          "%d sessions of servers are open, and no server answers: end those that are too old to"
                  .formatted(sessions)
              + " follow, then --resume");
    }
    progress.say("%d servers are ready to move".formatted(prepared.size()));
  }

  private long say(Word.Command command, Move move) {
    return words.say(Subject.POSTGRES, command, move.id(), seal.close(to.url().text()), PATIENCE);
  }

  private List<Words.Answer> answers(long word, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    for (; ; ) {
      List<Words.Answer> answers = words.answers(Subject.POSTGRES, word);
      boolean all = answers.stream().allMatch(a -> a.answer().isPresent());
      if (all || System.nanoTime() - end > 0) {
        return answers;
      }
      Pause.millis(POLL_MILLIS);
    }
  }

  private static java.util.Optional<Words.Answer> failed(List<Words.Answer> answers) {
    return answers.stream().filter(Words.Answer::failed).findFirst();
  }

  /// Raises the fence, unless somebody else said something meanwhile.
  ///
  /// @param harshly end the sessions of servers that have not answered
  private void raise(long word, boolean harshly) {
    if (harshly) {
      from.dsl()
          .execute(
              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                  + " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                  + " AND application_name LIKE 'vyry-%' AND application_name <> 'vyry-following'");
    }
    try {
      from.dsl()
          .transaction(configuration -> {
            var dsl = configuration.dsl();
            dsl.execute("SET LOCAL lock_timeout = '700ms'");
            long newest =
                dsl.fetchSingle(
                        "SELECT epoch FROM move_controls WHERE subject = ? FOR UPDATE",
                        Subject.POSTGRES.toString())
                    .get(0, long.class);
            if (newest != word) {
              throw new TakenOver("a server has waited for too long and took the cut-over back");
            }
            Fence.raise(dsl, tables.stream().map(Table::name).toList());
          });
    } catch (DataAccessException e) {
      throw new NotNow("a transaction is in the way of the fence (" + reason(e) + ")");
    }
  }

  private static String reason(DataAccessException e) {
    return String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
  }

  /// What servers were told of other databases counts at the other side as well.
  private void otherWords() {
    from.dsl()
        .fetch(
            "SELECT subject, epoch, command, move_id, url, patience_millis FROM move_controls"
                + " WHERE subject <> ?",
            Subject.POSTGRES.toString())
        .forEach(row ->
            to.dsl()
                .execute(
                    "INSERT INTO move_controls"
                        + " (subject, epoch, command, move_id, url, patience_millis)"
                        + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (subject) DO UPDATE"
                        + " SET epoch = excluded.epoch, command = excluded.command,"
                        + " move_id = excluded.move_id, url = excluded.url,"
                        + " patience_millis = excluded.patience_millis",
                    row.get(0, String.class),
                    row.get(1, long.class),
                    row.get(2, String.class),
                    row.get(3, java.util.UUID.class),
                    row.get(4, byte[].class),
                    row.get(5, int.class)));
  }

  private void sequences() {
    from.dsl()
        .fetch(
            "SELECT quote_ident(sequencename), last_value FROM pg_sequences"
                + " WHERE schemaname = current_schema() AND last_value IS NOT NULL")
        .forEach(row ->
            to.dsl()
                .execute(
                    "SELECT setval(?::regclass, ?)",
                    row.get(0, String.class),
                    row.get(1, long.class)));
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
    say(Word.Command.OPEN, move);
  }
}
