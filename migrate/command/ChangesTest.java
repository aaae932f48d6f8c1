package migrate.command;

//SOURCES Changes.java
//SOURCES Consent.java
//SOURCES Database.java
//SOURCES Plan.java
//SOURCES Targets.java
//SOURCES UnderWay.java

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.UserError;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import migrate.rehearsal.Rehearsal;
import migrate.schema.Dialect;
import migrate.schema.Progress;
import migrate.schema.Progress.Direction;
import migrate.schema.Runner;
import migrate.schema.Schema;
import migrate.schema.SchemaMismatch;
import migrate.schema.ScratchDatabase;
import migrate.schema.Step;
import migrate.schema.Steps;
import migrate.schema.TestPostgres;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ChangesTest {
  private static final Map<String, String> FILES =
      Map.of(
          "0001_table.sql",
          "-- T.\n-- up\nCREATE TABLE t (a int);\n-- down\nDROP TABLE t;\n",
          "0002_rewrite.sql",
          """
          -- A rewrite.
          -- @offline
          -- up
          ALTER TABLE t ALTER a TYPE bigint;
          -- down
          ALTER TABLE t ALTER a TYPE int;
          """);

  /// A scratch database with steps that are not those of this code.
  private record Other(ScratchDatabase scratch, Steps steps) implements Database {
    @Override
    public Dialect dialect() {
      return Dialect.POSTGRES;
    }

    @Override
    public String shown() {
      return scratch.url().masked();
    }

    @Override
    public <T> T run(Duration lockTimeout, Progress progress, Function<Runner, T> work) {
      return Schema.postgres(steps)
          .lockTimeout(lockTimeout)
          .progress(progress)
          .run(scratch.dataSource(), work);
    }

    @Override
    public List<String> schema() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Rehearsal rehearsal(Optional<String> server) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      scratch.close();
    }
  }

  @Test
  void an_offline_step_is_refused_before_anything_is_deleted() {
    var changes = new Changes(new PrintStream(new ByteArrayOutputStream()));
    var targets = new Targets();
    new CommandLine(targets).parseArgs("--only", "postgres");
    var yes = new Consent(Optional.of(_ -> "yes"));
    var steps = Steps.of(Dialect.POSTGRES, new TreeMap<>(FILES));
    try (var database = new Other(TestPostgres.scratch(), steps)) {
      var dsl = DSL.using(database.scratch().dataSource(), SQLDialect.POSTGRES);
      assertThrows(UserError.class, () -> changes.up(targets, database, null, false, false));
      changes.up(targets, database, null, true, false);
      dsl.execute("INSERT INTO t VALUES (1)");
      for (Runnable deed :
          List.<Runnable>of(
              () -> changes.refresh(targets, yes, false, database),
              () -> changes.fresh(targets, yes, false, database))) {
        var error = assertThrows(UserError.class, deed::run);
        assertEquals(
            "0002_rewrite.sql may only be done while no server runs: stop them and say --offline",
            error.getMessage());
        assertEquals(1, dsl.fetchCount(DSL.table("t")));
      }
      changes.refresh(targets, yes, true, database);
      assertEquals(0, dsl.fetchCount(DSL.table("t")));
    }
  }

  @Test
  void a_dry_run_leaves_out_what_a_broken_off_run_has_done() {
    var printed = new ByteArrayOutputStream();
    var changes = new Changes(new PrintStream(printed, true));
    var targets = new Targets();
    new CommandLine(targets).parseArgs("--only", "postgres");
    String file =
        "-- H.\n-- @no-transaction\n-- up\nCREATE TABLE t ();\nCREATE TABLE u ();\nSELECT 1 / 0;\n"
            + "-- down\nDROP TABLE u;\nDROP TABLE t;\n";
    var steps = Steps.of(Dialect.POSTGRES, new TreeMap<>(Map.of("0001_half.sql", file)));
    try (var database = new Other(TestPostgres.scratch(), steps)) {
      assertThrows(UserError.class, () -> changes.up(targets, database, null, false, false));
      printed.reset();
      changes.wouldUp(targets, database, null, false);
      String told = printed.toString();
      assertTrue(told.contains("-- 2 of its 3 statements are done\nSELECT 1 / 0;\n"), told);
      assertFalse(told.contains("CREATE"), told);
      var yes = new Consent(Optional.of(_ -> "yes"));
      assertThrows(
          SchemaMismatch.class,
          () -> changes.refresh(targets, yes, false, database),
          "half applied");
    }
  }

  private static Step step(Dialect dialect, String directives) {
    String file = "0001_s." + dialect.extension();
    String up =
        directives.contains("backfill")
            ? dialect == Dialect.CQL
                ? "UPDATE t SET b = {a} WHERE a = {a}"
                : "UPDATE t SET b = a WHERE {batch}"
            : "CREATE TABLE IF NOT EXISTS t (a int PRIMARY KEY)";
    String text = "-- S.\n%s-- up\n%s;\n-- down\n".formatted(directives, up);
    return Steps.of(dialect, new TreeMap<>(Map.of(file, text))).list().getFirst();
  }

  private static String sentence(Dialect dialect, String directives, Direction direction) {
    var underWay = new UnderWay();
    underWay.begin(step(dialect, directives), direction);
    if (directives.contains("backfill")) {
      underWay.passed(12_000);
    }
    String sentence = underWay.sentence().orElseThrow();
    underWay.end();
    assertTrue(underWay.sentence().isEmpty());
    return sentence;
  }

  @Test
  void a_run_that_is_broken_off_says_where_and_what_goes_on_from_there() {
    assertEquals(
        "broken off in the midst of 0001_s.sql: run `up`, which finds this step done or not begun,"
            + " never in part",
        sentence(Dialect.POSTGRES, "", Direction.UP));
    assertEquals(
        "broken off in the midst of 0001_s.sql: run the same again, which goes on behind what is"
            + " done of it",
        sentence(Dialect.POSTGRES, "-- @no-transaction\n", Direction.DOWN));
    assertEquals(
        "broken off in the midst of 0001_s.sql behind 12,000 rows: run `up`, which goes on behind"
            + " what is done of it",
        sentence(Dialect.POSTGRES, "-- @backfill table=t\n", Direction.UP));
    assertEquals(
        "broken off in the midst of 0001_s.cql: run `up`, which does all of this step again",
        sentence(Dialect.CQL, "", Direction.UP));
    assertEquals(
        "broken off in the midst of 0001_s.cql behind 12,000 rows: run `up`, which goes on there",
        sentence(Dialect.CQL, "-- @backfill table=t\n", Direction.UP));
  }
}
