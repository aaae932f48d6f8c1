package migrate.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A run that ends at any point is finished by the next one, each statement done once.
class CrashTest {
  private static final int ROWS = 300;
  private static final int MOST_STATEMENTS = 500; // of one run; it has about 60
  private static final long PATIENCE_SECONDS = 60; // 2 s are enough when quiet

  private static final String TABLE =
      """
      -- A table with rows.
      -- up
      CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL DEFAULT 0);
      INSERT INTO t SELECT i FROM generate_series(1, 300) i;
      -- down
      DROP TABLE t;
      """;

  private static final Steps STEPS =
      Steps.of(
          Dialect.POSTGRES,
          new TreeMap<>(
              Map.of(
                  "0001_table.sql",
                  TABLE,
                  "0002_index.sql",
                  """
                  -- Statements that are committed one by one.
                  -- @no-transaction
                  -- up
                  ALTER TABLE t ADD b int DEFAULT 0;
                  CREATE INDEX CONCURRENTLY t_by_b ON t (b);
                  UPDATE t SET b = b + 1;
                  VACUUM t;
                  -- down
                  UPDATE t SET b = b - 1;
                  DROP INDEX CONCURRENTLY t_by_b;
                  ALTER TABLE t DROP b;
                  """,
                  "0003_fill.sql",
                  """
                  -- A back-fill.
                  -- @backfill table=t size=70
                  -- up
                  UPDATE t SET n = n + 1 WHERE {batch};
                  -- down
                  UPDATE t SET n = n - 1 WHERE {batch};
                  """)));

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

  private List<Object> rows() {
    return new ArrayList<>(
        dsl.fetchSingle("SELECT count(*), sum(n), max(n), sum(b), max(b) FROM t").intoList());
  }

  @Test
  void a_session_that_is_cut_behind_any_statement_loses_nothing_and_does_nothing_twice() {
    var schema = Schema.postgres(STEPS);
    schema.up(dsl);
    var head = PostgresFingerprint.lines(dsl);
    var done = rows();
    assertEquals("[300, 300, 1, 300, 1]", done.toString());
    schema.downTo(dsl, 0);
    var empty = PostgresFingerprint.lines(dsl);
    int statements = 0;
    for (int cut = 1; cut < MOST_STATEMENTS; cut++) {
      statements = upTo(cut);
      schema.up(dsl);
      String where = "cut behind statement " + cut;
      assertEquals(head, PostgresFingerprint.lines(dsl), where);
      assertEquals(done, rows(), where);
      assertEquals(0, dsl.fetchCount(DSL.table("schema_progress")), where);
      downTo(cut);
      if (schema.state(dsl).version() > 0) { // else all of it was undone before the cut
        schema.downTo(dsl, 0);
      }
      assertEquals(empty, PostgresFingerprint.lines(dsl), where);
      if (statements < cut) {
        break;
      }
    }
    assertTrue(statements > 30 && statements < MOST_STATEMENTS - 1, "" + statements);
  }

  private int upTo(int cut) {
    return cutBehind(cut, c -> Schema.postgres(STEPS).up(c));
  }

  private void downTo(int cut) {
    cutBehind(cut, c -> Schema.postgres(STEPS).downTo(c, 0));
  }

  private interface Run {
    void on(DSLContext dsl);
  }

  /// @return how many statements the run made
  private int cutBehind(int cut, Run run) {
    var made = new AtomicInteger();
    try (var real = scratch.dataSource().getConnection()) {
      var cutting = cutting(Connection.class, real, real, made, cut);
      try {
        run.on(DSL.using(cutting, SQLDialect.POSTGRES));
      } catch (EnvironmentError | UserError | IllegalStateException _) {
        assertTrue(made.get() >= cut, "it failed by itself");
      }
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
    awaitNobody();
    return made.get();
  }

  /// Ends the session with the server behind the nth statement, as if this process were killed.
  private static <T> T cutting(
      Class<T> type, Object real, Connection session, AtomicInteger made, int cut) {
    return type.cast(
        Proxy.newProxyInstance(
            CrashTest.class.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> {
              Object answer;
              try {
                answer = method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              if (method.getName().startsWith("execute") || method.getName().equals("commit")) {
                if (made.incrementAndGet() == cut) {
                  session.abort(Runnable::run);
                }
              }
              return switch (answer) {
                case PreparedStatement s -> cutting(PreparedStatement.class, s, session, made, cut);
                case java.sql.Statement s ->
                    cutting(java.sql.Statement.class, s, session, made, cut);
                case null, default -> answer;
              };
            }));
  }

  private void awaitNobody() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    String others =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            + " AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    while (dsl.fetchSingle(others).get(0, int.class) > 0) {
      assertTrue(System.nanoTime() < end, "the session that was cut is still there");
      Attempts.sleep(Duration.ofMillis(2));
    }
  }

  @Test
  void an_invalid_index_that_a_broken_off_run_left_is_built_anew() {
    var schema = Schema.postgres(STEPS);
    schema.up(dsl, 1);
    dsl.execute("INSERT INTO t SELECT i FROM generate_series(301, 400) i");
    var unique = with("CREATE UNIQUE INDEX CONCURRENTLY t_by_n ON t (n)");
    var error = assertThrows(UserError.class, () -> Schema.postgres(unique).up(dsl));
    assertTrue(error.getMessage().contains("could not create unique index"), error.getMessage());
    assertTrue(error.getMessage().contains("0 of 1 statements are done"), error.getMessage());
    assertFalse(exists("t_by_n"), "the invalid index is dropped at once");
    // As a kill -9 leaves it: begun, and invalid.
    assertThrows(
        RuntimeException.class,
        () -> dsl.execute("CREATE UNIQUE INDEX CONCURRENTLY t_by_n ON t (n)"));
    assertTrue(exists("t_by_n"));
    dsl.execute("UPDATE t SET n = id");
    Schema.postgres(unique).up(dsl);
    assertTrue(
        dsl.fetchSingle("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_by_n'::regclass")
            .get(0, boolean.class));
  }

  private static Steps with(String second) {
    String more = "-- M.\n-- @no-transaction\n-- up\n" + second + ";\n-- down\n";
    return Steps.of(Dialect.POSTGRES, Map.of("0001_table.sql", TABLE, "0002_more.sql", more));
  }

  private boolean exists(String name) {
    return dsl.fetchSingle("SELECT to_regclass(?) IS NOT NULL", name).get(0, boolean.class);
  }

  @Test
  void a_step_that_is_half_done_is_neither_undone_nor_taken_for_another_one() {
    var broken = with("ALTER TABLE t ADD x int; SELECT 1 / 0");
    var schema = Schema.postgres(broken);
    var error = assertThrows(UserError.class, () -> schema.up(dsl));
    assertTrue(
        error
            .getMessage()
            .startsWith(
                "0002_more.sql was not applied to its end, 1 of 2 statements are done, the next run"
                    + " goes on there (after `repair`, if the file is mended): line 4: division by"
                    + " zero"),
        error.getMessage());
    var undoing = assertThrows(SchemaMismatch.class, () -> schema.down(dsl, 1));
    assertTrue(undoing.getMessage().contains("is half applied"), undoing.getMessage());
    var edited = Schema.postgres(with("ALTER TABLE t ADD x int; SELECT 1"));
    var changed = assertThrows(SchemaMismatch.class, () -> edited.up(dsl));
    assertTrue(changed.getMessage().contains("changed since it was begun"), changed.getMessage());
  }

  @Test
  void a_step_that_is_half_undone_is_undone_before_anything_else() {
    var files =
        Map.of(
            "0001_a.sql",
            "-- A.\n-- @no-transaction\n-- up\nCREATE TABLE a (n int);\n"
                + "-- down\nALTER TABLE a DROP n;\nDROP TABLE b;\nDROP TABLE a;\n");
    var schema = Schema.postgres(Steps.of(Dialect.POSTGRES, files));
    schema.up(dsl);
    assertThrows(UserError.class, () -> schema.down(dsl, 1)); // there is no b
    var error = assertThrows(SchemaMismatch.class, () -> schema.up(dsl));
    assertTrue(error.getMessage().contains("is half undone"), error.getMessage());
    dsl.execute("CREATE TABLE b ()");
    assertEquals(1, schema.down(dsl, 1).size());
    assertFalse(exists("a"));
  }

  @Test
  void a_back_fill_walks_a_key_of_several_columns_and_an_empty_table() {
    dsl.execute("CREATE TABLE e (a int PRIMARY KEY, n int)");
    dsl.execute(
        "CREATE TABLE k (a text, b uuid DEFAULT gen_random_uuid(), n int NOT NULL DEFAULT 0,"
            + " PRIMARY KEY (a, b))");
    dsl.execute("INSERT INTO k (a) SELECT 'it''s ' || i % 7 FROM generate_series(1, 1000) i");
    var files = new TreeMap<String, String>();
    files.put(
        "0001_e.sql", "-- E.\n-- @backfill table=e\n-- up\nUPDATE e SET n = 1 WHERE {batch};\n");
    files.put(
        "0002_k.sql",
        "-- K.\n-- @backfill table=k size=33\n-- up\nUPDATE k SET n = n + 1 WHERE {batch};\n");
    Schema.postgres(Steps.of(Dialect.POSTGRES, files)).up(dsl);
    assertEquals(
        List.of(1000, 1, 1),
        List.of(
            dsl.fetchSingle("SELECT count(*)::int, min(n), max(n) FROM k").into(Integer[].class)));
    dsl.execute("CREATE TABLE nokey (a int)");
    files.put(
        "0003_n.sql",
        "-- N.\n-- @backfill table=nokey\n-- up\nUPDATE nokey SET a = 1 WHERE {batch};\n");
    var error =
        assertThrows(
            UserError.class, () -> Schema.postgres(Steps.of(Dialect.POSTGRES, files)).up(dsl));
    assertTrue(error.getMessage().contains("no table nokey that has one"), error.getMessage());
  }

  @Test
  void a_back_fill_keeps_to_its_rate() {
    dsl.execute("CREATE TABLE k (a int PRIMARY KEY, n int NOT NULL DEFAULT 0)");
    dsl.execute("INSERT INTO k SELECT generate_series(1, 1000)");
    var files =
        Map.of(
            "0001_k.sql",
            "-- K.\n"
                + "-- @backfill table=k size=100 rate=1000\n"
                + "-- up\n"
                + "UPDATE k SET n = 1 WHERE {batch};\n");
    long began = System.nanoTime();
    Schema.postgres(Steps.of(Dialect.POSTGRES, files)).up(dsl);
    assertTrue(System.nanoTime() - began >= TimeUnit.MILLISECONDS.toNanos(1_000));
  }
}
