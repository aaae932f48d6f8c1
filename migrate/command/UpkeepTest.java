package migrate.command;

//SOURCES Changes.java
//SOURCES Comparison.java
//SOURCES Consent.java
//SOURCES Database.java
//SOURCES DriftReport.java
//SOURCES Plan.java
//SOURCES Scratch.java
//SOURCES StatusReport.java
//SOURCES StepFolder.java
//SOURCES StepTemplate.java
//SOURCES Targets.java
//SOURCES Upkeep.java

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.UserError;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Optional;
import java.util.Set;
import migrate.schema.SchemaMismatch;
import migrate.schema.ScratchDatabase;
import migrate.schema.TestPostgres;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.json.JsonMapper;

class UpkeepTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(printed, true);
  private final Consent yes = new Consent(Optional.of(_ -> "yes"));
  private final Consent nobody = new Consent(Optional.empty());
  private final Optional<Comparison> checked = Optional.of(new Comparison(new Scratch()));
  private ScratchDatabase scratch;
  private DSLContext database;

  @BeforeEach
  void makeDatabase() {
    scratch = TestPostgres.scratch();
    database = DSL.using(scratch.dataSource(), SQLDialect.POSTGRES);
  }

  @AfterEach
  void dropDatabase() {
    scratch.close();
  }

  private Targets targets() {
    var targets = new Targets();
    new CommandLine(targets)
        .parseArgs("--only", "postgres", "--postgres-url", scratch.url().text());
    return targets;
  }

  private void up(Integer version) {
    new Changes(out).up(targets(), version, false, false);
  }

  private String told() {
    String text = printed.toString();
    printed.reset();
    return text;
  }

  private boolean current() {
    return new StatusReport(out).print(targets(), false);
  }

  private boolean same(Integer version) {
    return new DriftReport(out).print(targets(), new Scratch(), version, false);
  }

  @Test
  void a_dry_run_prints_what_would_be_done_and_does_nothing() {
    new Changes(out).wouldUp(targets(), 1, false);
    String up = told();
    assertTrue(up.contains("-- up 0001_accounts.sql: "), up);
    assertTrue(up.contains("CREATE TABLE users ("), up);
    assertFalse(up.contains("0002"), up);
    assertFalse(up.contains(scratch.url().password()), up);
    assertFalse(exists("users"));
    // What was printed is what the database's own shell takes.
    database.connection(connection -> connection.createStatement().execute(up));
    assertTrue(exists("users"));
    new Changes(out).fresh(targets(), yes, false);
    told();
    new Changes(out).wouldDown(targets(), null, 0);
    String down = told();
    assertTrue(down.indexOf("down 0003") < down.indexOf("down 0001"), down);
    assertTrue(current());
  }

  @Test
  void reset_and_refresh_go_by_the_steps() {
    up(null);
    database.execute("CREATE TABLE mine ()");
    assertThrows(UserError.class, () -> new Changes(out).reset(targets(), nobody));
    assertThrows(UserError.class, () -> new Changes(out).refresh(targets(), nobody, false));
    assertTrue(current());
    new Changes(out).refresh(targets(), yes, false);
    assertTrue(current());
    new Changes(out).reset(targets(), yes);
    assertFalse(current());
    assertTrue(exists("mine"));
    assertFalse(exists("users"));
  }

  @Test
  void fresh_drops_what_no_step_made_and_mends_any_history() {
    up(null);
    database.execute("CREATE TYPE mood AS ENUM ('good')");
    database.execute("CREATE TABLE mine (id serial, mood mood)");
    database.execute("CREATE VIEW seen AS SELECT * FROM mine, users");
    database.execute("CREATE FUNCTION f(mood) RETURNS int LANGUAGE sql AS 'SELECT 1'");
    database.execute("CREATE MATERIALIZED VIEW kept AS SELECT 1");
    database.execute("CREATE DOMAIN word AS text");
    database.execute("CREATE TYPE span AS RANGE (subtype = timestamptz)");
    database.execute("CREATE TYPE pair AS (a int, b span)");
    database.execute("CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'");
    database.execute("CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int)");
    database.execute("CREATE TABLE \"Odd one\" (id bigint GENERATED ALWAYS AS IDENTITY, s span)");
    database.execute("CREATE TABLE whole (a int) PARTITION BY RANGE (a)");
    database.execute("CREATE TABLE part PARTITION OF whole FOR VALUES FROM (1) TO (2)");
    database.execute("CREATE SEQUENCE counter");
    database.execute("CREATE EXTENSION pg_stat_statements");
    database.execute(
        "UPDATE schema_history SET checksum = 'other', version = 77 WHERE version = 2");
    assertThrows(UserError.class, () -> new Changes(out).fresh(targets(), nobody, false));
    assertTrue(exists("mine"));
    new Changes(out).fresh(targets(), yes, false);
    assertTrue(current());
    assertTrue(same(null), told());
    assertTrue(exists("pg_stat_statements"));
  }

  @Test
  void fresh_lets_others_work_rather_than_wait_for_them() throws Exception {
    up(null);
    try (var other = scratch.dataSource().getConnection()) {
      other.setAutoCommit(false);
      other.createStatement().execute("LOCK TABLE users IN ACCESS SHARE MODE");
      var error =
          assertThrows(RuntimeException.class, () -> new Changes(out).fresh(targets(), yes, false));
      assertTrue(error.getMessage().contains("nothing was dropped"), error.getMessage());
    }
    assertTrue(current());
  }

  @Test
  void a_database_without_history_is_taken_over_when_it_is_what_the_steps_give() {
    up(3);
    database.execute("DROP TABLE schema_history");
    var upkeep = new Upkeep(out);
    var error = assertThrows(UserError.class, () -> upkeep.baseline(targets(), yes, checked, 2));
    assertTrue(error.getMessage().contains("differs from version 0002"), error.getMessage());
    assertThrows(UserError.class, () -> upkeep.baseline(targets(), nobody, checked, 3));
    assertFalse(current());
    upkeep.baseline(targets(), yes, checked, 3);
    assertTrue(told().contains("taken for applied: 0003_messages.sql"));
    up(null);
    assertTrue(current());
    assertTrue(told().contains(", baseline"));
    upkeep.baseline(targets(), nobody, checked, 3);
    assertTrue(told().contains("nothing to do"));
  }

  @Test
  void an_edited_step_is_repaired_only_when_the_schema_is_what_the_files_give() {
    up(null);
    database.execute("UPDATE schema_history SET checksum = 'other' WHERE version = 2");
    var upkeep = new Upkeep(out);
    assertFalse(upkeep.validate(targets()));
    assertThrows(SchemaMismatch.class, () -> up(null));
    database.execute("ALTER TABLE users ADD COLUMN age integer");
    var error =
        assertThrows(UserError.class, () -> upkeep.repair(targets(), yes, checked, Set.of()));
    assertTrue(error.getMessage().contains("extra column users.age"), error.getMessage());
    database.execute("ALTER TABLE users DROP COLUMN age");
    assertThrows(UserError.class, () -> upkeep.repair(targets(), nobody, checked, Set.of()));
    upkeep.repair(targets(), yes, checked, Set.of());
    assertTrue(upkeep.validate(targets()));
    assertTrue(current());
    upkeep.repair(targets(), nobody, checked, Set.of());
    assertTrue(told().contains("nothing to do"));
  }

  @Test
  void a_version_whose_file_is_gone_is_forgotten_when_it_is_named() {
    up(null);
    database.execute(
        "INSERT INTO schema_history (version, name, checksum, applied_by) VALUES (99, 'x', 'y',"
            + " 'z')");
    var upkeep = new Upkeep(out);
    assertFalse(upkeep.validate(targets()));
    assertThrows(UserError.class, () -> upkeep.repair(targets(), yes, checked, Set.of(1)));
    upkeep.repair(targets(), yes, checked, Set.of());
    assertFalse(upkeep.validate(targets()));
    upkeep.repair(targets(), yes, checked, Set.of(99));
    assertTrue(upkeep.validate(targets()));
  }

  @Test
  void pending_steps_are_valid_and_are_no_drift() {
    up(2);
    assertTrue(new Upkeep(out).validate(targets()));
    assertTrue(same(null));
    assertFalse(same(3));
    assertTrue(told().contains("missing  relation messages"));
  }

  @Test
  void drift_as_json_can_be_read_by_a_program() {
    up(null);
    database.execute("DROP INDEX members_by_user");
    told();
    assertFalse(new DriftReport(out).print(targets(), new Scratch(), null, true));
    var difference = JsonMapper.builder().build().readTree(told()).at("/databases/0/differences/0");
    assertEquals("missing", difference.get("kind").asString());
    assertEquals("index members_by_user on public.members", difference.get("subject").asString());
  }

  @Test
  void every_down_is_proved_in_a_scratch_database_and_the_given_one_stays_as_it_is() {
    assertTrue(new Upkeep(out).proveDowns(targets(), new Scratch()));
    assertTrue(told().contains("down 0001_accounts.sql                proved"));
    assertFalse(exists("users"));
  }

  private boolean exists(String relation) {
    return database
        .fetchSingle("SELECT to_regclass(?) IS NOT NULL", relation)
        .get(0, boolean.class);
  }
}
