package migrate.move.redis;

import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import fixtures.urls.RedisUrl;
import fixtures.urls.UserError;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
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
import migrate.schema.PostgresSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/// Moves a running system to another Redis.
///
/// Redis keeps what may be lost, so nothing is copied and nothing waits: nodes are told, connect
/// there, and subscribe again; messages that were published in between are found by `seq`. What
/// spares people a second log-in, one-time codes and rate-limit counters, is carried over when
/// asked for, after the last node has moved, so that no code that was used up comes back.
///
/// State is kept in PostgreSQL.
public final class RedisMover implements Mover {
  /// Connecting takes some ten milliseconds; a node tries for 3 s.
  private static final Duration MOVING = Duration.ofSeconds(10);

  private static final long POLL_MILLIS = 10;
  private static final List<String> CARRIED = List.of("vyry:otp:*", "vyry:limit:*");
  private static final int OLDEST = 6; // RESP3, which the servers' driver speaks first

  private final Connection connection;
  private final DSLContext dsl;
  private final MoveTable moves;
  private final Words words;
  private final Store source;
  private final Store target;
  private final Seal seal;
  private final boolean carry;
  private final MoveProgress progress;
  private final PostgresUrl postgres;
  private CommitTimes times; // null: nothing was done yet

  /// @param postgres where nodes are told, and state is kept
  /// @param source what the settings name, also after the move
  /// @param carry whether one-time codes and counters are carried over
  /// @throws EnvironmentError when one of the three can't be reached
  public RedisMover(
      PostgresUrl postgres,
      RedisUrl source,
      RedisUrl target,
      Seal seal,
      boolean carry,
      MoveProgress progress) {
    try {
      connection = PostgresSource.of(postgres).getConnection();
    } catch (SQLException e) {
      throw new EnvironmentError(
          "PostgreSQL, by which servers are told, can't be reached: " + e.getMessage(), e);
    }
    dsl = DSL.using(connection, SQLDialect.POSTGRES);
    moves = new MoveTable(dsl);
    words = new Words(dsl);
    this.postgres = postgres;
    this.seal = seal;
    this.carry = carry;
    this.progress = progress;
    this.target = Store.open("new Redis", target);
    Store old = null;
    try {
      old = Store.open("old Redis", source);
    } catch (EnvironmentError e) {
      if (carry) {
        close();
        throw e;
      }
      progress.say("note: " + e.getMessage() + "; nothing of it is needed");
    }
    this.source = old;
    this.from = source;
  }

  private final RedisUrl from;

  @Override
  public List<Obstacle> preflight() {
    List<Obstacle> found = new ArrayList<>();
    if (from.text().equals(target.url().text())) {
      found.add(new Obstacle(true, "both are one Redis", "give another one with --to"));
    }
    String version = target.info("redis_version");
    int major = version.matches("\\d+\\..*") ? Integer.parseInt(version.split("\\.")[0]) : OLDEST;
    if (major < OLDEST) {
      found.add(
          new Obstacle(
              true, "the new Redis is version " + version, OLDEST + " or later is needed"));
    }
    if (target.info("role").equals("slave")) {
      found.add(new Obstacle(true, "the new Redis is a replica", "give its master"));
    }
    String policy = target.info("maxmemory_policy");
    if (!policy.isEmpty()
        && !policy.equals("noeviction")
        && !target.info("maxmemory").equals("0")) {
      found.add(
          new Obstacle(
              false,
              "the new Redis evicts keys (maxmemory-policy " + policy + ")",
              "a one-time code may be gone before it is used; noeviction keeps it"));
    }
    long size = target.size();
    if (size > 0) {
      found.add(
          new Obstacle(
              false,
              "the new Redis has %,d keys".formatted(size),
              "ours begin with vyry: and stay apart from others"));
    }
    if (dsl.fetchSingle("SELECT to_regclass('moves')::text").get(0) == null) {
      found.add(
          new Obstacle(
              true,
              "PostgreSQL's schema knows of no moves",
              "migrate@catalog up, and servers of this version"));
    }
    return found;
  }

  @Override
  public void start() {
    List<Obstacle> found = preflight();
    found.stream().filter(o -> !o.fatal()).forEach(o -> progress.say("note: " + o));
    List<String> fatal = found.stream().filter(Obstacle::fatal).map(Obstacle::toString).toList();
    if (!fatal.isEmpty()) {
      throw new UserError(String.join("; also ", fatal));
    }
    Move move = moves.begin(UUID.randomUUID(), Subject.REDIS, from.masked(), target.url().masked());
    go(moves.advance(move, Phase.READY));
  }

  private Move current() {
    return moves
        .underWay(Subject.REDIS)
        .orElseThrow(() -> new UserError("no move of Redis is under way: begin one"));
  }

  @Override
  public void resume() {
    Move move = moves.takeOver(current());
    if (move.phase() == Phase.PLANNED) {
      move = moves.advance(move, Phase.READY);
    }
    go(move);
  }

  /// From READY on everything may be done twice.
  private void go(Move move) {
    if (move.phase() == Phase.READY) {
      FailPoint.pass("ready");
      long began = System.nanoTime();
      List<Words.Answer> answers = say(move.id(), from, target.url());
      Optional<Words.Answer> failed =
          answers.stream().filter(a -> a.failed() || a.answer().isEmpty()).findFirst();
      if (failed.isPresent()) {
        say(move.id(), target.url(), from);
        moves.advance(move, Phase.ABORTED);
        throw new EnvironmentError(
            "the server %s did not move (%s), so all went back: see that it reaches %s"
                .formatted(
                    failed.get().name(),
                    failed.get().answer().orElse("no answer"),
                    target.url().masked()));
      }
      told(move.id(), answers, began);
      move = moves.advance(move, Phase.CUT);
    }
    if (move.phase() == Phase.CUT) {
      FailPoint.pass("cut");
      if (carry) {
        carry(move.id());
      }
      moves.advance(move, Phase.OBSERVING);
    }
  }

  private void told(UUID id, List<Words.Answer> answers, long began) {
    String line =
        "%d servers moved within %d ms"
            .formatted(answers.size(), (System.nanoTime() - began) / 1_000_000);
    progress.say(line);
    moves.event(id, "moved", line);
    moves.put(id, "pause", line);
  }

  private List<Words.Answer> say(UUID id, RedisUrl here, RedisUrl there) {
    byte[] places = seal.close(new RedisPlaces(here.text(), there.text()).text());
    times = times == null ? CommitTimes.at(postgres) : times;
    long word = words.say(Subject.REDIS, Word.Command.MOVED, id, places, MOVING);
    long end = System.nanoTime() + MOVING.toNanos();
    for (; ; ) {
      List<Words.Answer> answers = words.answers(Subject.REDIS, word);
      if (answers.stream().allMatch(a -> a.answer().isPresent()) || System.nanoTime() - end > 0) {
        return answers;
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new EnvironmentError("interrupted: --resume goes on", e);
      }
    }
  }

  private void carry(UUID id) {
    long[] carried = {0, 0};
    for (String pattern : CARRIED) {
      source.keys(
          pattern,
          key -> {
            Store.Value value = source.read(key);
            if (value != null && target.write(key, value)) {
              carried[0]++;
            } else {
              carried[1]++;
            }
            progress.at("carry", carried[0] + carried[1], carried[0] + carried[1], "keys");
          });
    }
    progress.done("carry");
    String line =
        "carried %,d keys; %,d were gone, or there already".formatted(carried[0], carried[1]);
    progress.say(line);
    moves.event(id, "carried", line);
  }

  @Override
  public boolean verify(boolean mend) {
    throw new UserError("nothing of Redis is copied but what is left as it is found: no --verify");
  }

  @Override
  public void abort() {
    Move move = moves.takeOver(current());
    if (move.phase().onTarget()) {
      throw new UserError("the servers have moved already: --rollback takes them back");
    }
    say(move.id(), target.url(), from);
    moves.advance(move, Phase.ABORTED);
  }

  @Override
  public void rollback() {
    Move move = moves.takeOver(current());
    if (move.phase() == Phase.CUT) {
      move = moves.advance(move, Phase.OBSERVING);
    }
    if (move.phase() != Phase.OBSERVING) {
      throw new UserError("the move is %s: --abort ends it".formatted(move.phase()));
    }
    if (source == null) {
      throw new EnvironmentError("the old Redis does not answer: start it, then --rollback");
    }
    long began = System.nanoTime();
    told(move.id(), say(move.id(), target.url(), from), began);
    moves.advance(move, Phase.ROLLED_BACK);
  }

  @Override
  public void finish() {
    Move move = moves.takeOver(current());
    if (move.phase() != Phase.OBSERVING) {
      throw new UserError("the move is %s: --resume goes on with it".formatted(move.phase()));
    }
    moves.advance(move, Phase.FINISHED);
  }

  @Override
  public List<MoveEvent> events() {
    return moves.newest(Subject.REDIS).map(move -> moves.events(move.id())).orElse(List.of());
  }

  @Override
  public List<MoveSample> samples() {
    return times == null ? List.of() : times.samples();
  }

  @Override
  public Map<String, Object> status() {
    Optional<Move> newest = moves.newest(Subject.REDIS);
    if (newest.isEmpty()) {
      return Map.of("move", "none");
    }
    Move move = newest.get();
    var status = moves.told(move);
    status.put(
        "next",
        switch (move.phase()) {
          case OBSERVING -> "--rollback goes back, --finish ends it; set REDIS_URL to the new one";
          case FINISHED -> "set REDIS_URL of the servers to the new one";
          case ROLLED_BACK, ABORTED -> "servers use the old one";
          default -> "--resume goes on, --abort takes the servers back";
        });
    return status;
  }

  @Override
  public void close() {
    if (times != null) {
      times.close();
    }
    if (source != null) {
      source.close();
    }
    target.close();
    try {
      connection.close();
    } catch (SQLException _) {
      // It is being left.
    }
  }
}
