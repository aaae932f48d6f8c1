package migrate.rehearsal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import migrate.schema.Dialect;
import migrate.schema.PostgresFingerprint;
import migrate.schema.Schema;
import migrate.schema.ScratchDatabase;
import migrate.schema.Steps;
import migrate.schema.TestPostgres;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DriftTest {
  private ScratchDatabase scratch;
  private DSLContext live;

  @BeforeEach
  void makeDatabase() {
    scratch = TestPostgres.scratch();
    live = DSL.using(scratch.dataSource(), SQLDialect.POSTGRES);
  }

  @AfterEach
  void dropDatabase() {
    scratch.close();
  }

  private static Steps steps(String up, String down) {
    return Steps.of(
        Dialect.POSTGRES,
        Map.of("0001_a.sql", "-- A.\n-- up\n%s\n-- down\n%s\n".formatted(up, down)));
  }

  private List<String> sentences(Steps steps) {
    try (var rehearsal = Rehearsal.postgres(TestPostgres.url(), "public", steps)) {
      rehearsal.up(steps.head());
      return Drift.between(rehearsal.schema(), PostgresFingerprint.lines(live)).stream()
          .map(Difference::sentence)
          .toList();
    }
  }

  @Test
  void what_the_steps_gave_is_no_drift_and_neither_are_grants_and_extensions() {
    var steps = Steps.bundled(Dialect.POSTGRES);
    Schema.postgres(steps).up(live);
    live.execute("GRANT SELECT ON users TO PUBLIC");
    live.execute("CREATE EXTENSION pg_stat_statements");
    assertEquals(List.of(), sentences(steps));
  }

  @Test
  void each_hand_made_change_is_told_by_its_name() {
    var steps = Steps.bundled(Dialect.POSTGRES);
    Schema.postgres(steps).up(live);
    live.execute("ALTER TABLE users ADD COLUMN age integer");
    live.execute("ALTER TABLE users ALTER COLUMN bio TYPE varchar(99)");
    live.execute("ALTER TABLE devices DROP COLUMN platform");
    live.execute("DROP INDEX members_by_user");
    live.execute("CREATE TABLE notes (id integer PRIMARY KEY)");
    live.execute("DROP TABLE receipts");
    assertEquals(
        List.of(
            "missing  column devices.platform",
            "extra    column users.age",
            "changed  column users.bio: the steps give 'column users.bio text',"
                + " there is 'column users.bio character varying(99)'",
            "missing  index members_by_user on public.members",
            "extra    relation notes",
            "missing  relation receipts"),
        sentences(steps));
  }

  @Test
  void an_overloaded_function_and_a_trigger_are_told_apart() {
    String function = "CREATE FUNCTION f(%s) RETURNS integer LANGUAGE sql AS 'SELECT %d';";
    var steps = steps(function.formatted("a integer", 1) + function.formatted("a text", 1), "");
    Schema.postgres(steps).up(live);
    live.execute("CREATE OR REPLACE FUNCTION f(a text) RETURNS integer LANGUAGE sql AS 'SELECT 2'");
    var told = sentences(steps);
    assertEquals(1, told.size(), told.toString());
    assertTrue(told.getFirst().startsWith("changed  routine public.f(a text): "), told.toString());
  }

  @Test
  void a_down_is_proved_and_one_that_leaves_something_behind_is_found() {
    String up = "CREATE TABLE a (id integer); CREATE INDEX a_by_id ON a (id); CREATE TABLE b ();";
    var outcomes = new ArrayList<DownProof.Outcome>();
    try (var whole =
        Rehearsal.postgres(TestPostgres.url(), "public", steps(up, "DROP TABLE b, a;"))) {
      assertTrue(DownProof.run(whole, outcomes::add));
    }
    String partly = "DROP INDEX a_by_id; DROP TABLE b; ALTER TABLE a RENAME TO c;";
    try (var leaving = Rehearsal.postgres(TestPostgres.url(), "public", steps(up, partly))) {
      assertFalse(DownProof.run(leaving, outcomes::add));
    }
    assertTrue(outcomes.getFirst().holds());
    assertEquals("extra    relation c", outcomes.get(1).differences().getFirst().sentence());
  }

  @Test
  void a_column_that_comes_back_comes_last_and_a_grant_that_stays_is_found() {
    String table = "CREATE TABLE a (x integer, y integer);";
    var files =
        Map.of(
            "0001_a.sql",
            "-- A.\n-- up\n%s\n-- down\nDROP TABLE a;\n".formatted(table),
            "0002_b.sql",
            "-- B.\n-- @contract\n-- up\nALTER TABLE a DROP COLUMN x;\n-- down\n"
                + "ALTER TABLE a ADD COLUMN x integer;\n",
            "0003_c.sql",
            "-- C.\n-- up\nGRANT SELECT ON a TO PUBLIC;\n-- down\n");
    var wrong = new ArrayList<String>();
    try (var all =
        Rehearsal.postgres(TestPostgres.url(), "public", Steps.of(Dialect.POSTGRES, files))) {
      DownProof.run(
          all,
          outcome -> {
            if (!outcome.holds()) {
              wrong.add(outcome.step().file() + " " + outcome.differences().getFirst().subject());
            }
          });
    }
    assertEquals(List.of("0003_c.sql relation a"), wrong);
  }

  @Test
  void every_down_of_the_bundled_steps_is_proved() {
    var failing = new ArrayList<String>();
    try (var rehearsal =
        Rehearsal.postgres(TestPostgres.url(), "public", Steps.bundled(Dialect.POSTGRES))) {
      DownProof.run(
          rehearsal,
          outcome -> {
            if (!outcome.undoable() || !outcome.holds()) {
              failing.add(outcome.step().file() + outcome.differences());
            }
          });
    }
    assertEquals(List.of(), failing);
  }

  @Test
  void a_schema_other_than_public_is_compared_too() {
    var steps = Steps.bundled(Dialect.POSTGRES);
    live.execute("CREATE SCHEMA \"Mine\"");
    live.connection(connection -> {
      var in = DSL.using(connection, SQLDialect.POSTGRES);
      in.execute("SET search_path TO \"Mine\"");
      Schema.postgres(steps).up(in);
      try (var rehearsal = Rehearsal.postgres(TestPostgres.url(), "Mine", steps)) {
        rehearsal.up(steps.head());
        assertEquals(List.of(), Drift.between(rehearsal.schema(), PostgresFingerprint.lines(in)));
      }
    });
  }
}
