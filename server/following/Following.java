package server.following;

import fixtures.urls.PostgresUrl;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import migrate.move.Seal;
import migrate.move.Subject;
import migrate.move.Word;
import migrate.move.Words;
import migrate.schema.PostgresSource;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hears the words of movers, has them followed, and answers; and tells that this node lives.
///
/// It has a thread and a PostgreSQL session of its own, beside the pools, so that it is heard and
/// hears while they are closed. A word that comes while PostgreSQL is away is read afterwards.
public final class Following implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Following.class);

  /// A notice ends the wait; without one words are read with each beat. Followers tick as often.
  private static final int POLL_MILLIS = 250;

  private static final long BEAT_NANOS = TimeUnit.SECONDS.toNanos(1); // of SILENCE_LIMIT's 4
  private static final int CONNECT_SECONDS = 3;
  private static final int ANSWER_SECONDS = 5; // for a statement of one row
  private static final long STOP_MILLIS = Duration.ofSeconds(5).toMillis();

  private final UUID node = UUID.randomUUID();
  private final String name;
  private final Seal seal;
  private final Map<Subject, Follower> followers = new EnumMap<>(Subject.class);
  private final Map<Subject, Long> heard = new EnumMap<>(Subject.class);
  private final Thread thread = Thread.ofPlatform().daemon().name("following").unstarted(this::run);
  private volatile PostgresUrl home;
  private volatile boolean closed;
  private Connection connection; // the thread's own, as the next ones; null: none is open
  private PostgresUrl connected; // where to
  private Words words;
  private long beatAt;
  private boolean noticed; // that there is something to read
  private boolean complained;

  /// @param home where the words are read
  /// @param name by which people know this node
  public Following(PostgresUrl home, String name, Seal seal) {
    this.home = home;
    this.name = name;
    this.seal = seal;
  }

  /// Has `follower` follow the words about this database; before [#start].
  public void on(Subject subject, Follower follower) {
    followers.put(subject, follower);
  }

  /// Tells that this node is here, and begins to hear.
  public void start() {
    try {
      connect();
    } catch (SQLException | DataAccessException e) {
      complain(e);
      disconnect();
    }
    thread.start();
  }

  /// The database moved: words are read there from now on. For followers.
  void moveHome(PostgresUrl url) {
    home = url;
  }

  UUID node() {
    return node;
  }

  private void run() {
    while (!closed) {
      try {
        if (connection != null && connected != home) {
          disconnect(); // the row stays, for the mover to read the answer
        }
        if (connection == null) {
          connect();
        }
        boolean due = System.nanoTime() - beatAt >= BEAT_NANOS;
        if (noticed || due) {
          for (Word word : words.all()) {
            hear(word);
          }
        }
        if (due) {
          words.here(node, name);
          beatAt = System.nanoTime();
        }
        if (connected != home) {
          continue;
        }
        PGNotification[] notices =
            connection.unwrap(PGConnection.class).getNotifications(POLL_MILLIS);
        noticed = notices != null && notices.length > 0;
        complained = false;
      } catch (SQLException | DataAccessException e) {
        if (!closed) {
          complain(e);
        }
        disconnect();
        pause();
      } catch (RuntimeException e) {
        log.error("a word of a mover could not be followed", e);
        pause();
      }
      followers.values().forEach(Follower::tick);
    }
    if (words != null && connection != null) {
      try {
        words.gone(node);
      } catch (DataAccessException _) {
        // It counts as gone after a while.
      }
    }
    disconnect();
  }

  private void connect() throws SQLException {
    connected = home;
    var source = PostgresSource.of(connected);
    source.setApplicationName("vyry-following");
    source.setConnectTimeout(CONNECT_SECONDS);
    source.setSocketTimeout(ANSWER_SECONDS);
    connection = source.getConnection();
    words = new Words(DSL.using(connection, SQLDialect.POSTGRES));
    try (var listen = connection.createStatement()) {
      listen.execute("LISTEN " + Words.CHANNEL);
      // The mover waits for each answer, and one that a crash takes away counts as not given.
      listen.execute("SET synchronous_commit = off");
    }
    words.here(node, name);
    beatAt = System.nanoTime() - BEAT_NANOS; // what was said meanwhile is read at once
  }

  private void hear(Word word) {
    Follower follower = followers.get(word.subject());
    if (follower == null || word.epoch() <= heard.getOrDefault(word.subject(), 0L)) {
      return;
    }
    heard.put(word.subject(), word.epoch());
    String answer;
    try {
      answer = follower.follow(word, word.url().map(seal::open).orElse(null));
    } catch (RuntimeException e) {
      log.warn("{} {} could not be followed", word.subject(), word.command(), e);
      answer = Words.FAILED + e.getMessage();
    }
    log.info("{}: {} (word {}): {}", word.subject(), word.command(), word.epoch(), answer);
    words.answer(node, word.subject(), word.epoch(), answer);
  }

  private void complain(Exception e) {
    if (!complained) {
      complained = true;
      log.warn("the words of movers can't be heard, and are tried for again: {}", e.toString());
    }
  }

  private void disconnect() {
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException _) {
        // It is being left.
      }
    }
    connection = null;
  }

  private void pause() {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      closed = true; // nobody else interrupts it
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join(STOP_MILLIS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
