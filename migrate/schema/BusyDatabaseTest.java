package migrate.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.EnvironmentError;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/// A schema is changed while others use the database.
class BusyDatabaseTest {
  private static final long PATIENCE_SECONDS = 60; // 1 s is enough when quiet

  private ScratchDatabase scratch;
  private Connection connection;
  private DSLContext dsl;
  private final List<String> retries = new CopyOnWriteArrayList<>();
  private final List<String> blocked = new CopyOnWriteArrayList<>();
  private final CountDownLatch retried = new CountDownLatch(1);
  private final CountDownLatch waitedFor = new CountDownLatch(1);

  private final Progress listener =
      new Progress() {
        @Override
        public void retrying(String why, int tried, int tries, Duration pause) {
          retries.add(why);
          retried.countDown();
        }

        @Override
        public void blocking(int count, Duration longest, String first) {
          blocked.add(first);
        }

        @Override
        public void notice(String what) {
          if (what.startsWith("waits for")) {
            waitedFor.countDown();
          }
        }
      };

  @BeforeEach
  void open() throws SQLException {
    scratch = TestPostgres.scratch();
    connection = scratch.dataSource().getConnection();
    dsl = DSL.using(connection, SQLDialect.POSTGRES);
    dsl.execute("CREATE TABLE t (id int PRIMARY KEY, a int)");
    dsl.execute("INSERT INTO t SELECT i, i FROM generate_series(1, 1000) i");
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
    scratch.close();
  }

  private static Steps step(String head, String up) {
    var files = new TreeMap<String, String>();
    files.put("0001_s.sql", "-- S.\n%s-- up\n%s;\n-- down\n".formatted(head, up));
    return Steps.of(Dialect.POSTGRES, files);
  }

  private static Patience quick() {
    var quick = Duration.ofMillis(200);
    return new Patience(quick, 100, Duration.ofMillis(20), quick, Duration.ofSeconds(1), quick);
  }

  private CompletableFuture<List<Step>> up(Steps steps, Patience patience) {
    var schema = Schema.postgres(steps).patience(patience).progress(listener);
    return CompletableFuture.supplyAsync(() -> schema.up(scratch.dataSource()));
  }

  @Test
  void a_step_that_gets_no_lock_lets_others_pass_and_says_who_has_it() throws Exception {
    dsl.execute("SET application_name = 'a long reader'");
    connection.setAutoCommit(false);
    dsl.fetch("SELECT * FROM t LIMIT 1"); // and stays in its transaction
    var running = up(step("", "ALTER TABLE t ADD b int"), quick());
    assertTrue(retried.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
    try (var other = scratch.dataSource().getConnection()) {
      var writer = DSL.using(other, SQLDialect.POSTGRES);
      // It would wait for ever behind an ALTER TABLE that waits for the reader.
      writer.execute("SET statement_timeout = '10s'");
      for (int i = 0; i < 20; i++) {
        writer.execute("UPDATE t SET a = a + 1 WHERE id = 7");
      }
    }
    assertFalse(running.isDone());
    connection.commit();
    connection.setAutoCommit(true);
    assertEquals(1, running.get(PATIENCE_SECONDS, TimeUnit.SECONDS).size());
    assertTrue(retries.getFirst().contains("line 3: no lock within 200 ms"), retries.toString());
    assertTrue(
        retries.stream().anyMatch(why -> why.contains("'a long reader' (idle in transaction")),
        retries.toString());
    assertEquals(1027, dsl.fetchValue("SELECT a + 1000 FROM t WHERE id = 7"));
  }

  @Test
  void a_step_that_never_gets_its_lock_says_so_and_leaves_nothing() throws Exception {
    connection.setAutoCommit(false);
    dsl.fetch("SELECT * FROM t LIMIT 1");
    var p = quick();
    var few =
        new Patience(
            p.lockTimeout(), 2, p.firstPause(), p.longestPause(), p.maxBlocking(), p.longestWait());
    var schema =
        Schema.postgres(step("", "CREATE TABLE u (); ALTER TABLE t ADD b int")).patience(few);
    var error = assertThrows(EnvironmentError.class, () -> schema.up(scratch.dataSource()));
    assertTrue(error.getMessage().contains("line 3: no lock within 200 ms"), error.getMessage());
    assertTrue(error.getMessage().contains("tried 2 times"), error.getMessage());
    connection.commit();
    connection.setAutoCommit(true);
    assertTrue(dsl.fetchSingle("SELECT to_regclass('u') IS NULL").get(0, boolean.class));
    assertEquals(0, Schema.postgres(step("", "SELECT 1")).state(dsl).version());
  }

  @Test
  void a_step_that_keeps_others_waiting_is_stopped_and_says_whom() throws Exception {
    var p = quick();
    var bound = Duration.ofMillis(300);
    var running =
        up(step("", "ALTER TABLE t ADD b int; SELECT pg_sleep(60)"), p.maxBlocking(bound));
    var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    try (var other = scratch.dataSource().getConnection()) {
      var writer = DSL.using(other, SQLDialect.POSTGRES);
      writer.execute("SET application_name = 'the writer'");
      while (!running.isDone()) { // it waits for the step, which is stopped, again and again
        writer.execute("UPDATE t SET a = a + 1 WHERE id = 7");
        assertTrue(System.nanoTime() < end, "it was not stopped");
      }
    }
    var error = assertThrows(Exception.class, running::get).getCause();
    assertTrue(error instanceof EnvironmentError, error.toString());
    assertTrue(
        error
            .getMessage()
            .contains(
                "0001_s.sql was not applied, nothing of it remains: line 3: it was stopped: it kept"
                    + " 1 session waiting, longer than the 300 ms it may"),
        error.getMessage());
    assertTrue(error.getMessage().contains("'the writer'"), error.getMessage());
    assertTrue(error.getMessage().contains("UPDATE t SET a"), error.getMessage());
    assertTrue(blocked.getFirst().contains("'the writer'"), blocked.toString());
    assertEquals(Patience.STOPS - 1, retries.size());
    assertEquals(
        2,
        dsl.fetchSingle(
                "SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0")
            .get(0, int.class));
  }

  @Test
  void an_offline_step_may_keep_others_waiting() throws Exception {
    var bound = Duration.ofMillis(100);
    var running =
        up(
            step("-- @offline\n", "ALTER TABLE t ADD b int; SELECT pg_sleep(1)"),
            quick().maxBlocking(bound));
    while (!running.isDone()) {
      dsl.execute("UPDATE t SET a = a + 1 WHERE id = 7");
    }
    assertEquals(1, running.get().size());
    assertFalse(blocked.isEmpty());
  }

  @Test
  void an_index_is_built_while_others_write_and_waits_for_old_transactions_without_blocking_any()
      throws Exception {
    connection.setAutoCommit(false);
    dsl.execute("UPDATE t SET a = 0 WHERE id = 1"); // an old transaction, which it waits for
    var p = quick();
    var patient =
        new Patience(
            p.lockTimeout(),
            1,
            p.firstPause(),
            p.longestPause(),
            p.maxBlocking(),
            Duration.ofMinutes(1));
    var running =
        up(step("-- @no-transaction\n", "CREATE INDEX CONCURRENTLY t_by_a ON t (a)"), patient);
    assertTrue(waitedFor.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
    try (var other = scratch.dataSource().getConnection()) {
      var writer = DSL.using(other, SQLDialect.POSTGRES);
      writer.execute("SET statement_timeout = '10s'");
      writer.execute("UPDATE t SET a = a + 1 WHERE id = 7");
    }
    assertFalse(running.isDone());
    connection.commit();
    connection.setAutoCommit(true);
    assertEquals(1, running.get(PATIENCE_SECONDS, TimeUnit.SECONDS).size());
    assertEquals(List.of(), retries);
    assertEquals(List.of(), blocked);
    assertTrue(valid("t_by_a"));
  }

  @Test
  void an_index_that_waits_too_long_is_given_up_and_the_next_run_builds_it() throws Exception {
    connection.setAutoCommit(false);
    dsl.execute("UPDATE t SET a = 0 WHERE id = 1");
    var schema =
        Schema.postgres(step("-- @no-transaction\n", "CREATE INDEX CONCURRENTLY t_by_a ON t (a)"))
            .patience(quick());
    var error = assertThrows(EnvironmentError.class, () -> schema.up(scratch.dataSource()));
    assertTrue(
        error.getMessage().contains("it was stopped: it waited 0 s for session"),
        error.getMessage());
    assertTrue(error.getMessage().contains("idle in transaction"), error.getMessage());
    assertTrue(error.getMessage().contains("0 of 1 statements are done"), error.getMessage());
    connection.commit();
    connection.setAutoCommit(true);
    assertEquals(1, schema.up(scratch.dataSource()).size()); // the invalid index is replaced
    assertTrue(valid("t_by_a"));
  }

  private boolean valid(String index) {
    return dsl.fetchSingle(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(?)", index)
        .get(0, boolean.class);
  }

  @Test
  void a_user_with_few_rights_is_told_who_is_in_the_way_and_what_is_hidden() throws Exception {
    String role = "weak_" + scratch.url().database().substring(13, 23);
    dsl.execute("CREATE ROLE " + role + " LOGIN PASSWORD 'weak'");
    dsl.execute("GRANT CREATE, USAGE ON SCHEMA public TO " + role);
    dsl.execute("ALTER TABLE t OWNER TO " + role);
    try {
      connection.setAutoCommit(false);
      dsl.fetch("SELECT * FROM t LIMIT 1");
      var weak = new PGSimpleDataSource();
      weak.setUrl(scratch.url().jdbcUrl());
      weak.setUser(role);
      weak.setPassword("weak");
      var p = quick();
      var few =
          new Patience(
              p.lockTimeout(),
              3,
              p.firstPause(),
              p.longestPause(),
              p.maxBlocking(),
              p.longestWait());
      var schema = Schema.postgres(step("", "ALTER TABLE t ADD b int")).patience(few);
      var error = assertThrows(EnvironmentError.class, () -> schema.up(weak));
      assertTrue(error.getMessage().contains("held by session "), error.getMessage());
      assertTrue(error.getMessage().contains("state hidden"), error.getMessage());
      assertTrue(error.getMessage().contains("GRANT pg_read_all_stats"), error.getMessage());
      connection.commit();
      connection.setAutoCommit(true);
      dsl.execute("CREATE TABLE theirs (a int)");
      var foreign = Schema.postgres(step("", "ALTER TABLE theirs ADD b int"));
      var refused = assertThrows(EnvironmentError.class, () -> foreign.up(weak));
      assertTrue(
          refused.getMessage().contains("must be owner of table theirs"), refused.toString());
    } finally {
      dsl.execute("DROP OWNED BY " + role);
      dsl.execute("DROP ROLE " + role);
    }
  }

  @Test
  void a_deadlock_is_tried_again() throws Exception {
    dsl.execute("CREATE TABLE u (id int)");
    connection.setAutoCommit(false);
    dsl.execute("INSERT INTO u VALUES (1)");
    var long_ =
        new Patience(
            Duration.ofSeconds(20),
            5,
            Duration.ofMillis(20),
            Duration.ofMillis(20),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1));
    var running = up(step("", "ALTER TABLE t ADD b int; ALTER TABLE u ADD b int"), long_);
    await("ALTER TABLE u%");
    // The step has t and wants u; this has u and wants t: one of them is told of the deadlock.
    try {
      dsl.execute("INSERT INTO t VALUES (0, 0)");
      connection.commit();
    } catch (RuntimeException _) {
      connection.rollback();
    }
    connection.setAutoCommit(true);
    assertEquals(1, running.get(PATIENCE_SECONDS, TimeUnit.SECONDS).size());
  }

  private void await(String query) throws Exception {
    var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    try (var other = scratch.dataSource().getConnection()) {
      var looking = DSL.using(other, SQLDialect.POSTGRES);
      while (looking
              .fetchSingle(
                  "SELECT count(*) FROM pg_stat_activity WHERE query LIKE ? AND wait_event_type ="
                      + " 'Lock'",
                  query)
              .get(0, int.class)
          == 0) {
        assertTrue(System.nanoTime() < end, "nobody waited");
        Thread.sleep(20);
      }
    }
  }
}
