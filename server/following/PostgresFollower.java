package server.following;

import fixtures.urls.PostgresUrl;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import migrate.move.Word;
import migrate.move.Words;
import migrate.move.postgres.Outcome;
import migrate.schema.PostgresSource;
import migrate.schema.Schema;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes a node from one PostgreSQL to another: opens connections to the new one, lets writes wait
/// while the mover makes both alike, and lets them go on there.
///
/// A mover that falls silent meanwhile costs a wait and nothing else: when the word's patience is
/// over, the move's own row is asked, by which the mover can't go on with that cut-over any more.
/// While that row can't be asked, writes go on waiting: two databases must never both be written
/// to. On the thread of [Following].
public final class PostgresFollower implements Follower {
  private static final Logger log = LoggerFactory.getLogger(PostgresFollower.class);

  /// Statements take up to 5 s; but whatever takes longer than this may as well run before the next
  /// try.
  private static final Duration DRAIN = Duration.ofMillis(1_000);

  /// Open connections to the new database before the first one is needed there.
  private static final int WARM = 4;

  private final Gate gate;
  private final List<MovablePool> pools;
  private final Following following;
  private PostgresUrl current;
  private PostgresUrl prepared; // null: nothing is
  private Word closing; // the word that closed the gate; null while it is open
  private long closedAt;

  public PostgresFollower(
      Gate gate, List<MovablePool> pools, PostgresUrl current, Following following) {
    this.gate = gate;
    this.pools = List.copyOf(pools);
    this.current = current;
    this.following = following;
  }

  @Override
  public String follow(Word word, String url) {
    return switch (word.command()) {
      case PREPARE -> prepare(PostgresUrl.parse(url));
      case CLOSE -> close(word, PostgresUrl.parse(url));
      case MOVED -> move(PostgresUrl.parse(url));
      case OPEN -> open();
      case INCOMING -> "serving";
    };
  }

  private String prepare(PostgresUrl url) {
    if (closing != null) {
      reopen();
    }
    try {
      Schema.postgres().state(PostgresSource.of(url)).requireServes();
      for (MovablePool pool : pools) {
        pool.prepare(url, WARM);
      }
      prepared = url;
      return "prepared";
    } catch (SQLException | RuntimeException e) {
      discard();
      return Words.FAILED + "no connection to " + url.masked() + ": " + e.getMessage();
    }
  }

  private String close(Word word, PostgresUrl url) {
    if (prepared == null || !prepared.text().equals(url.text())) {
      String answer = prepare(url);
      if (answer.startsWith(Words.FAILED)) {
        return answer;
      }
    }
    closing = word;
    closedAt = System.nanoTime();
    gate.close();
    if (!gate.awaitQuiet(() -> pools.stream().allMatch(MovablePool::idle), DRAIN)) {
      int held = pools.stream().mapToInt(MovablePool::active).sum();
      reopen();
      return Words.FAILED + held + " connections were not given back within " + DRAIN;
    }
    return "closed";
  }

  private String move(PostgresUrl url) {
    if (url.text().equals(current.text())) {
      return open();
    }
    if (prepared == null || !prepared.text().equals(url.text())) {
      gate.close(); // it missed the words before: nothing may go to the old one any more
      String answer = prepare(url);
      if (answer.startsWith(Words.FAILED)) {
        closing = null;
        gate.open(); // the old one refuses writes by itself, and reads of it are not wrong yet
        return answer;
      }
    }
    pools.forEach(MovablePool::swap);
    long waited = closing == null ? 0 : System.nanoTime() - closedAt;
    prepared = null;
    current = url;
    following.moveHome(url);
    reopen();
    return "moved, writes waited for %d ms".formatted(TimeUnit.NANOSECONDS.toMillis(waited));
  }

  private String open() {
    reopen();
    discard();
    return "serving";
  }

  private void reopen() {
    closing = null;
    gate.open();
  }

  private void discard() {
    prepared = null;
    pools.forEach(MovablePool::discard);
  }

  /// Asks for the outcome itself, when the mover says nothing for too long.
  @Override
  public void tick() {
    if (closing == null || System.nanoTime() - closedAt < closing.patience().toNanos()) {
      return;
    }
    try (var here = PostgresSource.of(current).getConnection()) {
      String who = "node " + following.node() + ", which waited too long";
      if (Outcome.conclude(DSL.using(here, SQLDialect.POSTGRES), prepared, closing, who)) {
        log.warn("the mover fell silent behind the cut-over: it counts");
        move(prepared);
      } else {
        log.warn("the mover fell silent before the cut-over: it does not take place");
        open();
      }
    } catch (SQLException | DataAccessException e) {
      log.warn("the outcome of the move can't be had, writes go on waiting: {}", e.toString());
    }
  }
}
