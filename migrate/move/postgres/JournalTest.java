package migrate.move.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.PostgresUrl;
import fixtures.urls.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import migrate.move.MoveProgress;
import migrate.move.Seal;
import migrate.schema.PostgresSource;
import migrate.schema.Schema;
import org.jooq.CloseableDSLContext;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Moves whose source allows no logical replication, and, beside them, one whose source does, under
/// transactions that begin early and commit late.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JournalTest {
  private static final long LATE_NANOS = 60_000_000; // several ranges, phases and notes
  private static final int WRITERS = 3;

  @TempDir static Path folder;
  private final List<Engine> engines = new ArrayList<>();
  private final List<String> said = Collections.synchronizedList(new ArrayList<>());
  private int databases;
  private PostgresUrl plain;
  private PostgresUrl logical;
  private PostgresUrl next;

  @BeforeAll
  void startEngines() {
    Home home = Home.of(Settings.ofThisProcess(Map.of(), Map.of()));
    var options = EngineOptions.standard().notDurable();
    engines.add(
        EmbeddedPostgres.start(
            home.withData(folder.resolve("plain")), options.with("wal_level", "replica")));
    engines.add(EmbeddedPostgres.start(home.withData(folder.resolve("next")), options));
  }

  @BeforeEach
  void start() {
    said.clear();
    databases++;
    plain = database(engines.get(0), "old");
    logical = database(engines.get(1), "old");
    next = database(engines.get(1), "next");
    for (PostgresUrl old : List.of(plain, logical)) {
      Schema.postgres().up(PostgresSource.of(old));
      try (var dsl = dsl(old)) {
        dsl.execute(
            "INSERT INTO users (phone_number) SELECT '+66' || n FROM generate_series(1, 20000) n");
      }
    }
  }

  private PostgresUrl database(Engine engine, String prefix) {
    String name = prefix + databases;
    try (var dsl = dsl(PostgresUrl.parse(engine.url()))) {
      dsl.execute("CREATE DATABASE " + name);
    }
    return PostgresUrl.parse(engine.url().replaceFirst("/[a-z]+$", "/" + name));
  }

  @AfterAll
  void end() {
    engines.reversed().forEach(Engine::close);
  }

  private static CloseableDSLContext dsl(PostgresUrl url) {
    return DSL.using(url.jdbcUrl(), url.user(), url.password());
  }

  private PostgresMover mover(PostgresUrl old, PostgresMoveOptions options) {
    return new PostgresMover(
        old,
        next,
        Seal.of(Seal.DEVELOPMENT_SECRET),
        options,
        new MoveProgress() {
          @Override
          public void say(String line) {
            said.add(line);
          }
        });
  }

  /// People whose transactions write first, then wait, then commit; until they are refused.
  private static final class LateWriters implements AutoCloseable {
    private final AtomicBoolean stop = new AtomicBoolean();
    private final List<Thread> threads = new ArrayList<>();
    private final Set<String> committed = new ConcurrentSkipListSet<>();
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());

    LateWriters(PostgresUrl at, String prefix) {
      for (int i = 0; i < WRITERS; i++) {
        String mine = prefix + i;
        threads.add(Thread.ofPlatform().start(() -> write(at, mine)));
      }
    }

    private void write(PostgresUrl at, String prefix) {
      try (var dsl = dsl(at)) {
        for (int n = 0; !stop.get(); n++) {
          String number = prefix + "0" + n;
          String changed = "+66" + (n % 20_000 + 1);
          dsl.transaction(configuration -> {
            var transaction = configuration.dsl();
            transaction.execute("INSERT INTO users (phone_number) VALUES (?)", number);
            transaction.execute(
                "UPDATE users SET display_name = ? WHERE phone_number = ?", number, changed);
            if (n(number) % 3 == 0) { // takes a name that another row has just given up
              transaction.execute(
                  "UPDATE users SET phone_number = phone_number || 'x' WHERE phone_number = ?",
                  changed);
            }
            LockSupport.parkNanos(LATE_NANOS);
          });
          committed.add(number);
        }
      } catch (DataAccessException e) {
        if (!Fence.SQL_STATE.equals(e.sqlState())) {
          failures.add("" + e);
        }
      }
    }

    private static int n(String number) {
      return number.hashCode() & 0xff;
    }

    @Override
    public void close() {
      end();
    }

    void end() {
      stop.set(true);
      for (Thread thread : threads) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  private static Set<String> numbers(PostgresUrl at, String prefix) {
    try (var dsl = dsl(at)) {
      return new TreeSet<>(
          dsl.fetch("SELECT phone_number FROM users WHERE starts_with(phone_number, ?)", prefix)
              .map(row -> row.get(0, String.class)));
    }
  }

  @Test
  void whereReplicationMayNotBeUsedTriggersNoteWhatIsWrittenThereAndBack() {
    thereAndBackUnderLateTransactions(plain);
    String all = String.join("\n", said);
    assertTrue(all.contains("no logical replication: wal_level of the source is replica"), all);
    for (PostgresUrl side : List.of(plain, next)) {
      try (var dsl = dsl(side)) {
        assertEquals(
            0,
            dsl.fetchCount(DSL.table("pg_class"), DSL.condition("relname ~ '^vyry_(move|back)_'")));
        assertEquals(
            0,
            dsl.fetchCount(DSL.table("pg_proc"), DSL.condition("proname ~ '^vyry_(move|back)_'")),
            "" + side);
      }
    }
  }

  @Test
  void transactionsThatBeginEarlyAndCommitLateAreFollowedByReplicationToo() {
    thereAndBackUnderLateTransactions(logical);
  }

  private void thereAndBackUnderLateTransactions(PostgresUrl old) {
    try (var mover = mover(old, PostgresMoveOptions.standard())) {
      try (var writers = new LateWriters(old, "+7")) {
        mover.start();
        assertEquals("observing", mover.status().get("phase"), said::toString);
        writers.end();
        assertEquals(List.of(), writers.failures);
        assertTrue(writers.committed.size() > WRITERS, "" + writers.committed);
        assertEquals(writers.committed, numbers(next, "+7"));
      }
      try (var writers = new LateWriters(next, "+8")) {
        assertTrue(mover.verify(false), said::toString);
        mover.rollback();
        writers.end();
        assertEquals(List.of(), writers.failures);
        assertEquals(writers.committed, numbers(old, "+8"));
      }
      assertEquals("rolled-back", mover.status().get("phase"), said::toString);
    }
  }

  @Test
  void aNoteThatIsLostAndARangeThatWasNeverCopiedAreFoundByTheVerifier() {
    try (var mover = mover(plain, PostgresMoveOptions.standard().holding());
        var here = dsl(plain)) {
      mover.start();
      assertEquals("ready", mover.status().get("phase"), said::toString);
      String journal =
          here.fetchSingle("SELECT relname FROM pg_class WHERE relname ~ '^vyry_move_.{12}$'")
              .get(0, String.class);
      here.execute("UPDATE users SET display_name = 'new' WHERE phone_number = '+661'");
      assertEquals(1, here.execute("DELETE FROM " + journal), "a note for each changed row");
      here.execute("INSERT INTO users (phone_number) VALUES ('+5')");
      said.clear();
      assertFalse(mover.verify(false));
      assertTrue(said.getLast().endsWith("1 rows differ"), said::toString);
      assertTrue(mover.verify(true), said::toString);
      assertEquals(Set.of("+5"), numbers(next, "+5"));
      mover.abort();
      here.execute("INSERT INTO users (phone_number) VALUES ('+6')"); // nothing is left in the way
    }
  }
}
