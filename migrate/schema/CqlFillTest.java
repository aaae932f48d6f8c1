package migrate.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.CqlUrl;
import fixtures.urls.UserError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CqlFillTest {
  private static final int PARTITIONS = 20;
  private static final int ROWS = 15; // of each
  private static final String TABLE =
      """
      -- A table.
      -- up
      CREATE TABLE IF NOT EXISTS t (k int, c int, a text, b text, PRIMARY KEY (k, c));
      -- down
      DROP TABLE IF EXISTS t;
      """;

  private CqlUrl url;

  @BeforeEach
  void chooseKeyspace() {
    url = TestCassandra.newKeyspace();
  }

  @AfterEach
  void dropKeyspace() {
    TestCassandra.session().execute("DROP KEYSPACE IF EXISTS " + url.keyspace());
  }

  private static Steps steps(String options) {
    String fill =
        """
        -- b of the rows that have none.
        -- @backfill table=t %s
        -- up
        UPDATE t SET b = {a} WHERE k = {k} AND c = {c};
        -- down
        """;
    return Steps.of(
        Dialect.CQL, Map.of("0001_t.cql", TABLE, "0002_fill.cql", fill.formatted(options)));
  }

  private void run(Steps steps, Progress progress) {
    Schema.cql(steps).progress(progress).run(url, r -> r.up(OptionalInt.empty(), true));
  }

  private List<String> all(String query) {
    return TestCassandra.session().execute(query.formatted(url.keyspace())).all().stream()
        .map(row -> String.valueOf(row.getObject(0)))
        .toList();
  }

  private void write(int k, int c, String column, String value) {
    TestCassandra.session()
        .execute(
            "INSERT INTO %s.t (k, c, %s) VALUES (?, ?, ?)".formatted(url.keyspace(), column),
            k,
            c,
            value);
  }

  private void rows(int partitions, int rows) {
    Schema.cql(steps("")).run(url, r -> r.up(OptionalInt.of(1), true));
    for (int k = 0; k < partitions; k++) {
      for (int c = 0; c < rows; c++) {
        write(k, c, "a", "a%d".formatted(k * rows + c));
      }
    }
  }

  private void requireFilled(int count) {
    assertEquals(
        IntStream.range(0, count).mapToObj(i -> "a" + i).sorted().toList(),
        all("SELECT b FROM %s.t").stream().sorted().toList());
  }

  /// Hears how many rows were passed, and what else is said; may break the run off.
  private static class Ear implements Progress {
    final List<Long> passed = new ArrayList<>();
    final List<String> notices = new ArrayList<>();

    @Override
    public void filled(Step step, long rows, long estimate) {
      assertTrue(estimate >= rows, rows + " of " + estimate);
      passed.add(rows);
    }

    @Override
    public void notice(String what) {
      notices.add(what);
    }
  }

  @Test
  void every_row_is_filled_page_by_page() {
    rows(PARTITIONS, ROWS);
    var ear = new Ear();
    run(steps("size=40"), ear);
    requireFilled(PARTITIONS * ROWS);
    assertEquals(8, ear.passed.stream().distinct().count(), ear.passed.toString());
    assertEquals(List.of(), all("SELECT version FROM %s.schema_progress"));
    Schema.cql(steps("size=40")).run(url, Runner::state).require();
  }

  @Test
  void what_a_server_writes_or_deletes_meanwhile_stays() {
    rows(PARTITIONS, ROWS);
    TestCassandra.session()
        .execute("INSERT INTO %s.t (k, c) VALUES (99, 1)".formatted(url.keyspace())); // a is null
    var first = new boolean[1];
    run(
        steps("size=10"),
        new Ear() {
          @Override
          public void filled(Step step, long rows, long estimate) {
            if (!first[0]) { // some of these rows are done, some are still to come
              first[0] = true;
              for (int k = 0; k < PARTITIONS; k++) {
                write(k, 3, "b", "server");
                all("DELETE FROM %s.t WHERE k = " + k + " AND c = 4");
              }
            }
          }
        });
    assertEquals(PARTITIONS, all("SELECT b FROM %s.t").stream().filter("server"::equals).count());
    assertEquals(PARTITIONS * (ROWS - 1) + 1, all("SELECT c FROM %s.t").size());
    assertEquals(1, all("SELECT b FROM %s.t").stream().filter("null"::equals).count());
  }

  @ParameterizedTest
  @CsvSource({"20,15", "1,300", "2,150"})
  void one_that_is_broken_off_goes_on_where_it_was(int partitions, int rows) {
    rows(partitions, rows);
    var breaks =
        new Ear() {
          @Override
          public void filled(Step step, long passed, long estimate) {
            if (passed >= 200) {
              throw new IllegalStateException("killed");
            }
          }
        };
    assertThrows(IllegalStateException.class, () -> run(steps("size=25"), breaks));
    assertTrue(all("SELECT b FROM %s.t").contains("null"));
    var ear = new Ear();
    run(steps("size=25"), ear);
    requireFilled(partitions * rows);
    boolean goesOn = ear.notices.stream().anyMatch(n -> n.contains("goes on with 0002_fill.cql"));
    assertEquals(partitions > 1, goesOn, ear.notices.toString());
  }

  @Test
  void undone_and_done_again_it_fills_again() {
    rows(2, 5);
    run(steps("size=5"), Progress.SILENT);
    Schema.cql(steps("size=5")).run(url, r -> r.downTo(1));
    write(7, 7, "a", "a10");
    run(steps("size=5"), Progress.SILENT);
    requireFilled(11);
  }

  @Test
  void no_more_rows_in_a_second_than_the_rate_says() {
    rows(2, 100);
    long began = System.nanoTime();
    run(steps("size=20 rate=100"), Progress.SILENT);
    long millis = Duration.ofNanos(System.nanoTime() - began).toMillis();
    assertTrue(millis >= 1_900, millis + " ms for 200 rows");
    requireFilled(200);
  }

  @Test
  void a_table_or_column_that_is_not_there_is_told_with_its_line() {
    rows(1, 1);
    var files = Map.of("0001_t.cql", TABLE, "0002_f.cql", file("t", "b = {none}"));
    var error = assertThrows(UserError.class, () -> run(Steps.of(Dialect.CQL, files), new Ear()));
    assertTrue(error.getMessage().contains("0002_f.cql"), error.getMessage());
    assertTrue(error.getMessage().contains("none"), error.getMessage());
    var others = Map.of("0001_t.cql", TABLE, "0002_f.cql", file("nowhere", "b = {a}"));
    error = assertThrows(UserError.class, () -> run(Steps.of(Dialect.CQL, others), new Ear()));
    assertTrue(error.getMessage().contains("there is no"), error.getMessage());
  }

  private static String file(String table, String set) {
    return "-- F.\n-- @backfill table=%s\n-- up\nUPDATE t SET %s WHERE k = {k} AND c = {c};\n"
        .formatted(table, set);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "UPDATE t SET n = n + {a} WHERE k = {k} | done twice",
        "UPDATE t SET n = [{a}] + n WHERE k = {k} | done twice",
        "UPDATE t SET n = {a} WHERE k = {k} IF EXISTS | done twice",
        "UPDATE t SET n = 1 WHERE k = 1 | {column}",
        "UPDATE t SET n = {'a'} WHERE k = 1 | {column}",
      })
  void a_statement_that_can_not_be_run_so_is_refused(String statement, String why) {
    var files = Map.of("0001_f.cql", "-- F.\n-- @backfill table=t\n-- up\n" + statement + ";\n");
    var error = assertThrows(UserError.class, () -> Steps.of(Dialect.CQL, files));
    assertTrue(error.getMessage().contains(why), error.getMessage());
  }
}
