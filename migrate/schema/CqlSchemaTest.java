package migrate.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.CqlUrl;
import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CqlSchemaTest {
  private static final Duration SHORT_LEASE = Duration.ofSeconds(3);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private CqlUrl url;

  @BeforeEach
  void chooseKeyspace() {
    url = TestCassandra.newKeyspace();
  }

  @AfterEach
  void dropKeyspace() {
    TestCassandra.session().execute("DROP KEYSPACE IF EXISTS " + url.keyspace());
  }

  /// Steps 1, 2, … each with a table of its number.
  private static Steps steps(int count, String... more) {
    var files = new TreeMap<String, String>();
    for (int i = 1; i <= count; i++) {
      String extra = i <= more.length ? more[i - 1] : "";
      files.put(
          "%04d_s.cql".formatted(i),
          ("-- S.\n-- up\nCREATE TABLE IF NOT EXISTS t%d (a int PRIMARY KEY);\n%s\n"
                  + "-- down\nDROP TABLE IF EXISTS t%d;\n")
              .formatted(i, extra, i));
    }
    return Steps.of(Dialect.CQL, files);
  }

  private List<String> fingerprint() {
    return CqlFingerprint.lines(TestCassandra.session(), url.keyspace());
  }

  private boolean exists(String table) {
    return fingerprint().stream().anyMatch(line -> line.contains("table_name=" + table + " "));
  }

  @Test
  void up_down_up_gives_an_equal_schema_and_makes_the_keyspace() {
    var notices = new ArrayList<String>();
    var schema = Schema.cql().progress(listener(notices));
    int head = schema.steps().head();
    assertEquals(head, schema.up(url).size());
    assertTrue(
        notices.getFirst().contains("{'class': 'NetworkTopologyStrategy', 'datacenter1': 1}"),
        notices.toString());
    var full = fingerprint();
    assertEquals(head, schema.run(url, runner -> runner.downTo(0)).size());
    assertEquals(List.of(), fingerprint());
    assertEquals(head, schema.up(url).size());
    assertEquals(full, fingerprint());
    assertEquals(List.of(), schema.up(url));
    assertInstanceOf(SchemaState.Current.class, schema.run(url, Runner::state));
  }

  private static Progress listener(List<String> heard) {
    return new Progress() {
      @Override
      public void notice(String what) {
        heard.add(what);
      }

      @Override
      public void waiting(String holder, Duration limit) {
        heard.add(holder);
      }
    };
  }

  @Test
  void asking_for_the_state_makes_nothing() {
    assertEquals(0, Schema.cql().run(url, Runner::state).version());
    assertEquals(List.of(), fingerprint());
    var keyspaces = TestCassandra.session().execute("SELECT * FROM system_schema.keyspaces");
    for (var row : keyspaces) {
      assertFalse(url.keyspace().equals(row.getString("keyspace_name")));
    }
  }

  @Test
  void runs_at_once_apply_each_step_once_and_say_for_whom_they_wait() throws Exception {
    var heard = new CopyOnWriteArrayList<String>();
    var steps = steps(3);
    var runs = new ArrayList<Callable<Integer>>();
    for (int i = 0; i < 3; i++) {
      runs.add(() -> Schema.cql(steps).progress(listener(heard)).up(url).size());
    }
    int applied = 0;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var run : threads.invokeAll(runs)) {
        applied += run.get();
      }
    }
    assertEquals(3, applied);
    assertTrue(
        heard.stream().anyMatch(line -> line.contains(Identity.ofThisProcess())), heard.toString());
  }

  @Test
  void a_run_that_is_killed_in_the_midst_of_a_step_is_finished_by_the_next_one() throws Exception {
    Schema.cql(steps(1)).up(url);
    assertEquals(KilledRun.HALTED, TestCassandra.process(KilledRun.class, url));
    assertTrue(exists("t2"), "the first statement was done");
    assertEquals(1, Schema.cql(steps(1)).run(url, Runner::state).version());
    var applied = Schema.cql(KilledRun.STEPS).lockTimeout(PATIENCE).up(url);
    assertEquals(List.of(2), applied.stream().map(Step::version).toList());
    assertTrue(exists("more2"));
  }

  /// Dies as if killed between the statements of step 2.
  static final class KilledRun {
    static final int HALTED = 77;
    static final Steps STEPS =
        steps(2, "", "CREATE TABLE IF NOT EXISTS more2 (a int PRIMARY KEY);");

    public static void main(String[] arguments) {
      try (var session = CqlSessions.open(CqlUrl.parse(arguments[0]))) {
        String keyspace = CqlUrl.parse(arguments[0]).keyspace();
        var target = new CqlTarget(session, keyspace, SHORT_LEASE);
        target.history();
        target.lock(PATIENCE, Progress.SILENT);
        session.execute(STEPS.find(2).orElseThrow().up().getFirst().text());
        Runtime.getRuntime().halt(HALTED);
      }
    }
  }

  private CqlLock lock() {
    return new CqlLock(new CqlHistory(TestCassandra.session(), url.keyspace()), SHORT_LEASE);
  }

  @Test
  void a_step_that_is_half_undone_is_undone_to_its_end_and_never_taken_for_applied() {
    String create = "CREATE TABLE IF NOT EXISTS %s (a int PRIMARY KEY);\n";
    var file = new TreeMap<String, String>();
    file.put(
        "0001_s.cql",
        "-- S.\n-- up\n%s%s-- down\nDROP TABLE IF EXISTS a;\nDROP TABLE IF EXISTS b;\n"
            .formatted(create.formatted("a"), create.formatted("b")));
    var schema = Schema.cql(Steps.of(Dialect.CQL, file));
    schema.up(url);
    var full = fingerprint();
    var session = TestCassandra.session();
    session.execute("DROP TABLE %s.a".formatted(url.keyspace())); // it is killed behind this
    var holder = lock();
    holder.take(Duration.ZERO, Progress.SILENT);
    var history = new CqlHistory(session, url.keyspace());
    holder.change((owner, fence) -> history.undoing(1, owner, fence));
    holder.release();

    var error = assertThrows(SchemaMismatch.class, () -> schema.up(url));
    assertEquals(
        "version 0001 is half undone: run `down 1`, which does all of it again",
        error.getMessage());
    assertEquals(1, schema.run(url, Runner::unfinished).orElseThrow().version());
    assertEquals(1, schema.run(url, r -> r.down(1)).size());
    assertEquals(List.of(), fingerprint());
    schema.up(url);
    assertEquals(full, fingerprint());
    assertTrue(schema.run(url, Runner::unfinished).isEmpty());
  }

  @Test
  void a_history_of_an_earlier_version_of_this_code_gets_the_columns_that_it_lacks() {
    Schema.cql(steps(1)).up(url);
    String table = "ALTER TABLE %s.schema_history DROP ".formatted(url.keyspace());
    TestCassandra.session().execute(table + "undoing");
    TestCassandra.session().execute(table + "phase");
    assertTrue(Schema.cql(steps(1)).run(url, Runner::unfinished).isEmpty());
    assertEquals(1, Schema.cql(steps(2)).up(url).size());
    assertEquals(2, Schema.cql(steps(2)).run(url, r -> r.downTo(0)).size());
  }

  @Test
  void a_faulty_statement_is_told_with_its_line_and_the_step_can_be_done_again() {
    var faulty = Schema.cql(steps(2, "", "CREATE TABLE IF NOT EXISTS u (a nonsense PRIMARY KEY);"));
    var error = assertThrows(UserError.class, () -> faulty.up(url));
    assertTrue(error.getMessage().startsWith("0002_s.cql was not applied, or in part: line 4: "));
    assertEquals(1, faulty.run(url, Runner::state).version());
    var mended = Schema.cql(steps(2, "", "CREATE TABLE IF NOT EXISTS u (a int PRIMARY KEY);"));
    assertEquals(1, mended.up(url).size());
  }

  @Test
  void a_statement_that_takes_longer_than_its_step_allows_is_given_up_and_done_again() {
    String tables =
        "-- up\n"
            + IntStream.rangeClosed(
                    1, 10) // one of them takes longer than 1 ms and the timer's tick
                .mapToObj("CREATE TABLE IF NOT EXISTS t%d (a int PRIMARY KEY);\n"::formatted)
                .collect(Collectors.joining());
    var hasty = Map.of("0001_s.cql", "-- S.\n-- @statement-timeout 1ms\n" + tables);
    var schema = Schema.cql(Steps.of(Dialect.CQL, hasty));
    var error = assertThrows(EnvironmentError.class, () -> schema.up(url));
    assertTrue(error.getMessage().startsWith("0001_s.cql was not applied"), error.getMessage());
    assertTrue(error.getMessage().contains("@statement-timeout"), error.getMessage());
    var patient = Map.of("0001_s.cql", "-- S.\n-- @statement-timeout 1min\n" + tables);
    assertEquals(1, Schema.cql(Steps.of(Dialect.CQL, patient)).up(url).size());
    assertTrue(exists("t10"));
  }

  @Test
  void edited_and_unknown_steps_are_found() {
    Schema.cql(steps(2)).up(url);
    assertInstanceOf(SchemaState.Ahead.class, Schema.cql(steps(1)).run(url, Runner::state));
    var edited = Schema.cql(steps(3, "CREATE TABLE IF NOT EXISTS u (a int PRIMARY KEY);"));
    assertThrows(SchemaMismatch.class, () -> edited.up(url));
    assertFalse(exists("t3"));
  }

  @Test
  void up_stops_and_down_goes_to_a_version() {
    var schema = Schema.cql(steps(3));
    assertEquals(2, schema.run(url, runner -> runner.up(OptionalInt.of(2))).size());
    assertEquals(1, schema.run(url, runner -> runner.downTo(1)).size());
    assertTrue(exists("t1"));
    assertFalse(exists("t2"));
  }

  @Test
  void a_statement_that_can_not_be_done_twice_is_refused() {
    var file = new TreeMap<String, String>();
    file.put("0001_s.cql", "// S.\n// up\nCREATE TABLE t (a int PRIMARY KEY);\n");
    var error = assertThrows(UserError.class, () -> Steps.of(Dialect.CQL, file));
    assertTrue(error.getMessage().contains("say IF [NOT] EXISTS"), error.getMessage());
  }

  @Test
  void columns_that_are_added_or_dropped_twice_are_passed_over() {
    String alters =
        """
        ALTER TABLE t1 ADD (b text, c map<text, int>);
        ALTER TABLE t1 ADD d varchar;
        ALTER TABLE t1 DROP b;
        """;
    Schema.cql(steps(1)).up(url);
    for (String statement : alters.split(";")) {
      if (!statement.isBlank()) {
        TestCassandra.session()
            .execute(statement.strip().replace("TABLE t1", "TABLE " + url.keyspace() + ".t1"));
      }
    }
    // Broken off behind its last statement: all but the one that was undone again is passed over.
    String again =
        "ALTER TABLE t1 ADD c map<text,int>; -- why\n"
            + "ALTER TABLE t1 ADD d text;\n"
            + "ALTER TABLE t1 DROP b;\n"
            + "ALTER TABLE t1 ADD e int;";
    assertEquals(1, Schema.cql(steps(2, "", again)).up(url).size());
    assertTrue(fingerprint().stream().anyMatch(line -> line.contains("column_name=e ")));
    var other = Schema.cql(steps(3, "", again, "ALTER TABLE t1 ADD d int;"));
    assertThrows(UserError.class, () -> other.up(url)); // d is there, and of another type
  }

  @Test
  void a_cluster_that_does_not_answer_is_the_environments_fault() {
    var nowhere = CqlUrl.parse("scylladb://127.0.0.1:1/k");
    var error = assertThrows(EnvironmentError.class, () -> Schema.cql().up(nowhere));
    assertTrue(error.getMessage().contains("scylladb://127.0.0.1:1/k can't be reached"));
  }
}
