package migrate.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PostgresSchemaTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30); // 1 s is enough when quiet

  private ScratchDatabase scratch;
  private Connection connection;
  private DSLContext dsl;

  @BeforeEach
  void open() throws SQLException {
    scratch = TestPostgres.scratch();
    connection = scratch.dataSource().getConnection();
    dsl = DSL.using(connection, SQLDialect.POSTGRES);
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
    scratch.close();
  }

  /// Steps 1, 2, … with these statements, each undone by dropping the table of its number.
  private static Steps steps(String... ups) {
    var files = new TreeMap<String, String>();
    for (int i = 1; i <= ups.length; i++) {
      files.put(
          "%04d_s.sql".formatted(i),
          "-- S.\n-- up\n%s;\n-- down\nDROP TABLE t%d;\n".formatted(ups[i - 1], i));
    }
    return Steps.of(Dialect.POSTGRES, files);
  }

  private static final String T1 = "CREATE TABLE t1 ()";
  private static final String T2 = "CREATE TABLE t2 ()";
  private static final String T3 = "CREATE TABLE t3 ()";

  private boolean exists(String table) {
    return dsl.fetchSingle("SELECT to_regclass(?) IS NOT NULL", table).get(0, boolean.class);
  }

  @Test
  void up_down_up_gives_an_equal_schema_at_every_version() {
    var schema = Schema.postgres();
    var empty = PostgresFingerprint.lines(dsl);
    var at = new ArrayList<List<String>>();
    for (var step : schema.steps().list()) {
      schema.up(dsl, step.version());
      at.add(PostgresFingerprint.lines(dsl));
    }
    for (int i = at.size() - 1; i >= 0; i--) {
      assertEquals(at.get(i), PostgresFingerprint.lines(dsl), "before undoing step " + (i + 1));
      assertEquals(1, schema.down(dsl, 1).size());
    }
    assertEquals(empty, PostgresFingerprint.lines(dsl));
    schema.up(dsl);
    assertEquals(at.getLast(), PostgresFingerprint.lines(dsl));
  }

  @Test
  void the_fingerprint_tells_a_small_difference() {
    Schema.postgres().up(dsl);
    var before = PostgresFingerprint.lines(dsl);
    dsl.execute("ALTER TABLE messages ALTER COLUMN content SET STORAGE EXTENDED");
    assertFalse(before.equals(PostgresFingerprint.lines(dsl)));
  }

  @Test
  void a_data_source_does_as_well_and_the_second_time_nothing_is_left_to_do() {
    var schema = Schema.postgres();
    assertEquals(schema.steps().list(), schema.up(scratch.dataSource()));
    assertEquals(List.of(), schema.up(scratch.dataSource()));
    assertEquals(new SchemaState.Current(schema.steps().head()), schema.state(dsl));
  }

  @Test
  void many_runs_at_once_apply_each_step_once() throws Exception {
    var steps = steps(T1 + "; SELECT pg_sleep(0.1)", T2 + "; SELECT pg_sleep(0.1)", T3);
    var runs = new ArrayList<Callable<Integer>>();
    for (int i = 0; i < 6; i++) {
      runs.add(() -> Schema.postgres(steps).up(scratch.dataSource()).size());
    }
    int applied = 0;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var run : threads.invokeAll(runs)) {
        applied += run.get();
      }
    }
    assertEquals(3, applied);
    assertEquals(3, dsl.fetchCount(DSL.table("schema_history")));
  }

  @Test
  void two_sessions_that_both_have_the_lock_still_apply_a_step_once() throws Exception {
    // As behind a pooler that gives each transaction another session.
    var step = steps(T1 + "; SELECT pg_sleep(0.3)").list().getFirst();
    target(dsl).lock(PATIENCE, Progress.SILENT);
    var runs = new ArrayList<Callable<Boolean>>();
    for (int i = 0; i < 2; i++) {
      runs.add(() -> {
        try (var other = scratch.dataSource().getConnection()) {
          return target(DSL.using(other, SQLDialect.POSTGRES)).apply(step);
        }
      });
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var results = threads.invokeAll(runs);
      assertTrue(results.get(0).get() ^ results.get(1).get());
    }
  }

  private static PostgresTarget target(DSLContext dsl) {
    return new PostgresTarget(dsl, Optional.empty(), Patience.STANDARD);
  }

  @Test
  void a_run_that_waits_says_for_whom_and_gives_up_in_time() throws Exception {
    try (var other = scratch.dataSource().getConnection()) {
      var holder = new AdvisoryLock(DSL.using(other, SQLDialect.POSTGRES));
      holder.take(Duration.ZERO, Progress.SILENT);
      var heard = new ArrayList<String>();
      var listener =
          new Progress() {
            @Override
            public void waiting(String who, Duration limit) {
              heard.add(who);
            }
          };
      var schema = Schema.postgres().lockTimeout(Duration.ofMillis(300)).progress(listener);
      var error = assertThrows(EnvironmentError.class, () -> schema.up(dsl));
      String name = "vyry migrate by " + Identity.ofThisProcess();
      assertTrue(error.getMessage().contains(name), error.getMessage());
      assertTrue(heard.getFirst().contains(name), heard.toString());
      holder.release();
      assertEquals(schema.steps().list(), schema.up(dsl));
    }
  }

  @Test
  void an_edited_file_is_found_and_nothing_is_done() {
    Schema.postgres(steps(T1)).up(dsl);
    var edited = Schema.postgres(steps("CREATE TABLE t1 (a int)", T2));
    var error = assertThrows(SchemaMismatch.class, () -> edited.up(dsl));
    assertTrue(error.getMessage().startsWith("0001_s.sql"), error.getMessage());
    assertThrows(SchemaMismatch.class, () -> edited.down(dsl, 1));
    assertInstanceOf(SchemaState.Changed.class, edited.state(dsl));
    assertFalse(exists("t2"));
    assertTrue(exists("t1"));
  }

  @Test
  void a_version_that_this_code_does_not_know_is_refused() {
    Schema.postgres(steps(T1, T2, T3)).up(dsl);
    var older = Schema.postgres(steps(T1, T2));
    var state = older.state(dsl);
    assertEquals(
        "the postgres schema is at version 0003, and this code knows it up to 0002 (unknown:"
            + " 0003_s): run newer code, or with that newer code"
            + " `./jbang migrate@catalog down --to 2`",
        state.sentence());
    assertThrows(SchemaMismatch.class, state::require);
    assertThrows(SchemaMismatch.class, () -> older.up(dsl));
    assertThrows(SchemaMismatch.class, () -> older.down(dsl, 1));
    assertEquals(Status.Standing.UNKNOWN, older.status(dsl).rows().getLast().standing());
  }

  @Test
  void a_step_that_comes_after_a_newer_one_is_refused() {
    var late =
        Map.of(
            "0001_s.sql", "-- S.\n-- up\n" + T1 + ";", "0002_s.sql", "-- S.\n-- up\n" + T2 + ";");
    var first = new TreeMap<>(late);
    first.remove("0001_s.sql");
    Schema.postgres(Steps.of(Dialect.POSTGRES, first)).up(dsl);
    var both = Schema.postgres(Steps.of(Dialect.POSTGRES, late));
    assertInstanceOf(SchemaState.OutOfOrder.class, both.state(dsl));
    var error = assertThrows(SchemaMismatch.class, () -> both.up(dsl));
    assertTrue(
        error.getMessage().contains("rename it to the next free number"), error.getMessage());
  }

  @Test
  void a_failing_step_leaves_nothing_and_the_error_names_its_line() {
    var schema = Schema.postgres(steps(T1, T2 + ";\nSELECT 1,\n  nonsense", T3));
    var error = assertThrows(UserError.class, () -> schema.up(dsl));
    assertEquals(
        "0002_s.sql was not applied, nothing of it remains: line 5: column \"nonsense\" does not"
            + " exist [42703]: mend the file and run it again",
        error.getMessage());
    assertTrue(exists("t1"));
    assertFalse(exists("t2"));
    assertEquals(1, schema.state(dsl).version());
  }

  @Test
  void a_database_that_was_filled_without_a_history_is_left_alone() {
    dsl.execute(T1);
    var error = assertThrows(UserError.class, () -> Schema.postgres(steps(T1)).up(dsl));
    assertTrue(error.getMessage().endsWith("if it has what the steps give, `baseline`"));
  }

  @Test
  void statements_reach_postgres_as_they_are_written() {
    String text = "? ?| {0} {d '1'} :a $1 \\ '' -- /* $x$ ;";
    Schema.postgres(
            steps(
                "CREATE TABLE t1 (a text); INSERT INTO t1 VALUES ($q$"
                    + text
                    + "$q$);"
                    + "INSERT INTO t1 SELECT '{\"a\":1}'::jsonb ? 'a';"
                    + "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'a;b'; $$;"
                    + "CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;"
                    + "INSERT INTO t1 VALUES (f() || g())"))
        .up(dsl);
    assertEquals(List.of(text, "true", "a;b2"), dsl.fetch("SELECT a FROM t1").getValues(0));
  }

  @Test
  void down_goes_to_a_version_or_back_by_a_number() {
    var schema = Schema.postgres(steps(T1, T2, T3));
    schema.up(dsl);
    assertEquals(List.of(3), schema.down(dsl, 1).stream().map(Step::version).toList());
    assertEquals(List.of(2), schema.downTo(dsl, 1).stream().map(Step::version).toList());
    assertEquals(1, schema.state(dsl).version());
    assertEquals(1, schema.down(dsl, 99).size());
    assertEquals(0, schema.state(dsl).version());
    assertThrows(UserError.class, () -> schema.downTo(dsl, 7));
    assertThrows(UserError.class, () -> schema.up(dsl, 7));
    schema.up(dsl, 2);
    assertThrows(UserError.class, () -> schema.up(dsl, 1));
  }

  @Test
  void a_step_without_a_down_part_stays() {
    var file = Map.of("0001_s.sql", "-- S.\n-- up\n" + T1 + ";");
    var schema = Schema.postgres(Steps.of(Dialect.POSTGRES, file));
    schema.up(dsl);
    var error = assertThrows(UserError.class, () -> schema.down(dsl, 1));
    assertTrue(error.getMessage().contains("has no 'down' part"), error.getMessage());
    assertTrue(exists("t1"));
  }

  @Test
  void a_schema_of_the_search_path_is_a_world_of_its_own() throws SQLException {
    dsl.execute("CREATE SCHEMA other");
    Schema.postgres(steps(T1)).up(dsl);
    dsl.execute("SET search_path = other, public");
    assertEquals(1, Schema.postgres(steps(T1)).up(dsl).size());
    assertTrue(exists("other.t1"));
    dsl.execute("SET search_path = missing");
    var error = assertThrows(EnvironmentError.class, () -> Schema.postgres().up(dsl));
    assertTrue(error.getMessage().startsWith("the search_path is missing and"));
  }

  @Test
  void a_session_is_left_as_it_was_and_never_taken_in_the_midst_of_a_transaction()
      throws SQLException {
    dsl.execute("SET application_name = 'mine'");
    Schema.postgres().up(dsl);
    assertEquals(0, dsl.fetchCount(DSL.table("pg_locks"), DSL.condition("locktype = 'advisory'")));
    assertEquals("mine", dsl.fetchSingle("SHOW application_name").get(0));
    connection.setAutoCommit(false);
    assertThrows(IllegalStateException.class, () -> Schema.postgres().state(dsl));
  }

  @Test
  void who_lacks_a_right_is_told_which() {
    dsl.execute("REVOKE ALL ON SCHEMA public FROM public");
    dsl.execute("DROP ROLE IF EXISTS weak");
    dsl.execute("CREATE ROLE weak");
    dsl.execute("GRANT USAGE ON SCHEMA public TO weak");
    dsl.execute("SET ROLE weak");
    var error = assertThrows(EnvironmentError.class, () -> Schema.postgres().up(dsl));
    assertTrue(
        error.getMessage().contains("permission denied for schema public"), error.getMessage());
    dsl.execute("RESET ROLE");
    dsl.execute("DROP OWNED BY weak");
    dsl.execute("DROP ROLE weak");
  }

  @Test
  void a_run_that_is_killed_in_the_midst_of_a_step_leaves_nothing_of_it() throws Exception {
    var child =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                SlowRun.class.getName(),
                scratch.url().jdbcUrl(),
                scratch.url().user(),
                scratch.url().password())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      awaitSleeping(child);
    } finally {
      child.destroyForcibly().waitFor();
    }
    var schema = Schema.postgres(steps(T1, T2)).lockTimeout(PATIENCE);
    assertFalse(exists("t2"));
    // PostgreSQL notices within a second that the client is gone, and frees its lock.
    assertEquals(List.of(2), schema.up(dsl).stream().map(Step::version).toList());
    assertTrue(exists("t2"));
  }

  private void awaitSleeping(Process child) throws InterruptedException {
    var end = System.nanoTime() + PATIENCE.toNanos();
    String query = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(99)%'";
    while (dsl.fetchSingle(query).get(0, int.class) == 0) {
      assertTrue(child.isAlive() && System.nanoTime() < end, "it never came to its second step");
      Thread.sleep(20); // PostgreSQL tells nobody that another session began a statement
    }
  }

  /// The first step, and a second one that hangs.
  static final class SlowRun {
    public static void main(String[] arguments) throws SQLException {
      try (var connection = DriverManager.getConnection(arguments[0], arguments[1], arguments[2])) {
        Schema.postgres(steps(T1, T2 + "; SELECT pg_sleep(99)"))
            .up(DSL.using(connection, SQLDialect.POSTGRES));
      }
    }
  }
}
