package migrate.move.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import fixtures.urls.Settings;
import fixtures.urls.UserError;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import migrate.move.MoveProgress;
import migrate.move.Obstacle;
import migrate.move.Seal;
import migrate.schema.PostgresSource;
import migrate.schema.Schema;
import org.jooq.CloseableDSLContext;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Two engines for all, and two databases for each test.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresMoverTest {
  private static final int MESSAGES = 5_000; // several pages in each of several tables

  @TempDir static Path folder;
  private final List<Engine> engines = new ArrayList<>();
  private final List<String> said = Collections.synchronizedList(new ArrayList<>());
  private int databases;
  private PostgresUrl old;
  private PostgresUrl next;

  @BeforeAll
  void startEngines() {
    engine("old");
    engine("next");
  }

  @BeforeEach
  void start() {
    said.clear();
    databases++;
    old = database(engines.get(0));
    next = database(engines.get(1));
    Schema.postgres().up(PostgresSource.of(old));
    try (var dsl = dsl(old)) {
      dsl.execute(
          "INSERT INTO users (user_id, phone_number) SELECT ('00000000-0000-0000-0000-' ||"
              + " lpad(n::text, 12, '0'))::uuid, '+66' || n FROM generate_series(1, 100) n");
      dsl.execute(
          "INSERT INTO conversations (conversation_id, type, created_by, member_count, last_seq)"
              + " SELECT user_id, 'group', user_id, 1, ? FROM users",
          MESSAGES / 100);
      dsl.execute(
          "INSERT INTO messages SELECT conversation_id, seq, conversation_id, conversation_id,"
              + " gen_random_uuid(), now(), NULL, NULL, sha256(seq::text::bytea)"
              + " FROM conversations, generate_series(1, ?) seq",
          MESSAGES / 100);
    }
  }

  private void engine(String name) {
    Home home = Home.of(Settings.ofThisProcess(Map.of(), Map.of()));
    var options = EngineOptions.standard().notDurable();
    engines.add(EmbeddedPostgres.start(home.withData(folder.resolve(name)), options));
  }

  private PostgresUrl database(Engine engine) {
    String name = "move" + databases;
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

  private PostgresMover mover(PostgresMoveOptions options) {
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

  @Test
  void theVerifierFindsEachPlantedFaultAndMendsIt() {
    try (var mover = mover(PostgresMoveOptions.standard().holding());
        var there = dsl(next);
        var here = dsl(old)) {
      mover.start();
      assertEquals("ready", mover.status().get("phase"), said::toString);
      assertTrue(mover.verify(false), said::toString);
      String ten = "00000000-0000-0000-0000-000000000010";
      // One byte of one row; a change that was dropped; a row too many; a range that was skipped;
      // two commits that changed places, so that the earlier one's value stays.
      there.execute(
          "UPDATE messages SET content = set_byte(content, 3, get_byte(content, 3) # 1)"
              + " WHERE conversation_id = ?::uuid AND seq = 7",
          ten);
      there.execute("DELETE FROM messages WHERE conversation_id = ?::uuid AND seq = 8", ten);
      there.execute("INSERT INTO users (phone_number) VALUES ('+000')");
      int skipped = there.execute("DELETE FROM messages WHERE ctid >= '(2,0)' AND ctid < '(3,0)'");
      here.execute("UPDATE conversations SET last_seq = 51 WHERE conversation_id = ?::uuid", ten);
      here.execute("UPDATE conversations SET last_seq = 52 WHERE conversation_id = ?::uuid", ten);
      assertTrue(skipped > 10, "the skipped range has rows");
      await("the target follows", () -> lastSeq(there, ten) == 52);
      there.execute("UPDATE conversations SET last_seq = 51 WHERE conversation_id = ?::uuid", ten);
      said.clear();
      assertFalse(mover.verify(false));
      assertTrue(
          said.getLast().endsWith((skipped + 4) + " rows differ")
              || said.getLast()
                  .endsWith((skipped + 3) + " rows differ"), // one of them in the range
          said::toString);
      said.clear();
      assertTrue(mover.verify(true), said::toString);
      assertTrue(mover.verify(false), said::toString);
      mover.abort();
    }
  }

  private static long lastSeq(DSLContext dsl, String conversation) {
    String asked = "SELECT last_seq FROM conversations WHERE conversation_id = ?::uuid";
    return dsl.fetchSingle(asked, conversation).get(0, long.class);
  }

  /// The apply worker itself passes over one transaction: what a lost event looks like.
  @Test
  void aChangeEventThatReplicationDroppedIsFoundAndSoAreTwoThatItSwapped() {
    try (var mover = mover(PostgresMoveOptions.standard().holding());
        var there = dsl(next);
        var here = dsl(old)) {
      mover.start();
      String mine =
          "SELECT slot_name FROM pg_replication_slots WHERE database = current_database()";
      String slot = here.fetchSingle(mine).get(0, String.class);
      String update = "UPDATE conversations SET last_seq = %d WHERE conversation_id = ?::uuid";
      String ten = "00000000-0000-0000-0000-000000000010";
      // Of two updates of one row the later one is dropped: so it looks, too, when they are
      // applied in the wrong order. PostgreSQL skips only the first transaction that it gets.
      here.execute(update.formatted(51), ten);
      await("the first one is there", () -> lastSeq(there, ten) == 51);
      there.execute("ALTER SUBSCRIPTION " + slot + " DISABLE");
      String free = "SELECT active FROM pg_replication_slots WHERE slot_name = ?";
      await("the slot is free", () -> !here.fetchSingle(free, slot).get(0, boolean.class));
      String dropping = update.formatted(52) + " RETURNING pg_current_xact_id()::text";
      int dropped = Integer.parseInt(here.fetchSingle(dropping, ten).get(0, String.class));
      here.execute("INSERT INTO users (phone_number) VALUES ('+5')");
      long end = endOf(dropped, slot, here);
      there.execute(
          "ALTER SUBSCRIPTION %s SKIP (lsn = '%X/%X')"
              .formatted(slot, end >>> 32, end & 0xffffffffL));
      there.execute("ALTER SUBSCRIPTION " + slot + " ENABLE");
      said.clear();
      assertFalse(mover.verify(false), "it waits until what came behind has arrived");
      assertTrue(said.contains("  conversations (" + ten + "): differs"), said::toString);
      assertTrue(said.getLast().endsWith("1 rows differ"), said::toString);
      assertTrue(mover.verify(true), said::toString);
      mover.abort();
    }
  }

  /// Where a transaction's commit is; read again until it is flushed, since these engines answer
  /// before (`synchronous_commit=off`), and a slot does not show it until then.
  private static long endOf(int transaction, String slot, DSLContext source) {
    long end = System.nanoTime() + 10_000_000_000L;
    while (System.nanoTime() < end) {
      for (var row :
          source.fetch(
              "SELECT data FROM pg_logical_slot_peek_binary_changes(?, NULL, NULL,"
                  + " 'proto_version', '1', 'publication_names', ?)",
              slot,
              slot)) {
        ByteBuffer message = ByteBuffer.wrap(row.get(0, byte[].class));
        if (message.get(0) == 'B' && message.getInt(1 + 8 + 8) == transaction) {
          return message.getLong(1); // 'B', end, time of commit, transaction
        }
      }
      LockSupport.parkNanos(5_000_000);
    }
    throw new AssertionError("transaction " + transaction + " is not in the slot");
  }

  @Test
  void aRangeThatIsWronglyTakenForCopiedStopsTheMoveBeforeTheCutOver() {
    try (var here = dsl(old)) {
      here.execute("DELETE FROM messages WHERE seq > 1"); // 100 are left
    }
    System.setProperty("MIGRATE_FAILPOINT", "snapshot:fail");
    migrate.move.FailPoint.forget();
    try (var mover = mover(PostgresMoveOptions.standard())) {
      assertThrows(IllegalStateException.class, mover::start);
    } finally {
      System.clearProperty("MIGRATE_FAILPOINT");
    }
    try (var mover = mover(PostgresMoveOptions.standard());
        var there = dsl(next)) {
      there.execute(
          "INSERT INTO move_ranges (move_id, part, range_no, row_count, byte_count)"
              + " SELECT move_id, 'messages', 0, 100, 1 FROM moves");
      var refused = assertThrows(EnvironmentError.class, mover::resume);
      assertTrue(refused.getMessage().contains("differ"), refused::getMessage);
      assertTrue(said.getLast().endsWith("100 rows differ"), said::toString);
      assertTrue(mover.verify(true), said::toString);
      mover.resume();
      assertEquals("observing", mover.status().get("phase"), said::toString);
      mover.rollback();
    }
  }

  private static void await(String what, java.util.function.BooleanSupplier there) {
    long end = System.nanoTime() + 10_000_000_000L;
    while (!there.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, what);
      LockSupport.parkNanos(5_000_000);
    }
  }

  @Test
  void aChangeThatIsStillOnItsWayIsNoDifference() throws Exception {
    try (var mover = mover(PostgresMoveOptions.standard().holding())) {
      mover.start();
      var stop = new java.util.concurrent.atomic.AtomicBoolean();
      var writer =
          Thread.ofPlatform()
              .start(() -> {
                try (var dsl = dsl(old)) {
                  for (int i = 0; !stop.get(); i++) {
                    dsl.execute("UPDATE conversations SET last_seq = last_seq + 1");
                    dsl.execute("INSERT INTO users (phone_number) VALUES (?)", "+1" + i);
                    LockSupport.parkNanos(5_000_000); // a busy machine follows that, too
                  }
                }
              });
      try {
        for (int i = 0; i < 3; i++) {
          assertTrue(mover.verify(false), said::toString);
        }
      } finally {
        stop.set(true);
        writer.join();
      }
      mover.abort();
    }
  }

  @Test
  void everyObstacleIsToldAtOnce() {
    try (var there = dsl(next);
        var here = dsl(old)) {
      Schema.postgres().up(there);
      there.execute("INSERT INTO users (phone_number) VALUES ('+1')");
      here.execute("CREATE TABLE keyless (a integer)");
      here.execute("CREATE UNLOGGED TABLE fast (a integer PRIMARY KEY)");
      here.execute("SELECT lo_create(0)");
    }
    try (var mover = mover(PostgresMoveOptions.standard())) {
      String all =
          mover.preflight().stream()
              .filter(Obstacle::fatal)
              .map(Obstacle::toString)
              .collect(Collectors.joining("\n"));
      for (String what : List.of("keyless", "fast", "1 large objects", "users has rows")) {
        assertTrue(all.contains(what), all);
      }
      assertThrows(UserError.class, mover::start);
      assertEquals("none", mover.status().get("move"));
    }
  }

  @Test
  void theSourceRefusesWhoeverMissedTheMoveAndNoSecretIsStored() throws Exception {
    try (var mover = mover(PostgresMoveOptions.standard().holding())) {
      mover.start();
    }
    try (var mover = mover(PostgresMoveOptions.standard());
        var here = dsl(old);
        var there = dsl(next)) {
      // A table is being vacuumed: that is waited for before writers have to.
      var locked = new CountDownLatch(1);
      Thread vacuum = Thread.ofPlatform().start(() -> lockLikeVacuum(locked));
      locked.await();
      mover.resume();
      vacuum.join();
      assertEquals(List.of(), said.stream().filter(line -> line.startsWith("not yet")).toList());
      assertEquals("observing", mover.status().get("phase"), said::toString);
      var refused =
          assertThrows(
              DataAccessException.class,
              () -> here.execute("INSERT INTO users (phone_number) VALUES ('+2')"));
      assertEquals(Fence.SQL_STATE, refused.sqlState());
      there.execute("INSERT INTO users (phone_number) VALUES ('+3')");
      for (var dsl : List.of(here, there)) {
        for (String table : List.of("moves", "move_facts", "move_events", "move_controls")) {
          String rows = "" + dsl.fetch("SELECT t::text FROM " + table + " t");
          assertFalse(rows.contains(next.password()), table);
          assertFalse(rows.contains(old.password()), table);
        }
      }
      mover.finish();
      assertEquals("finished", mover.status().get("phase"));
    }
  }

  private void lockLikeVacuum(CountDownLatch locked) {
    try (var dsl = dsl(old)) {
      dsl.transaction(configuration -> {
        configuration.dsl().execute("LOCK TABLE messages IN SHARE UPDATE EXCLUSIVE MODE");
        locked.countDown();
        await("the servers are ready", () -> ("" + said).contains("servers are ready to move"));
        LockSupport.parkNanos(1_200_000_000); // the fence waits for 700 ms
      });
    }
  }
}
