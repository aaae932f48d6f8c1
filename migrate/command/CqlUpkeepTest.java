package migrate.command;

//SOURCES Changes.java
//SOURCES Comparison.java
//SOURCES Consent.java
//SOURCES DriftReport.java
//SOURCES Scratch.java
//SOURCES StatusReport.java
//SOURCES Targets.java
//SOURCES Upkeep.java

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.CqlUrl;
import fixtures.urls.UserError;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Optional;
import java.util.Set;
import migrate.schema.TestCassandra;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class CqlUpkeepTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(printed, true);
  private final Consent yes = new Consent(Optional.of(_ -> "yes"));
  private final Consent nobody = new Consent(Optional.empty());
  private final Optional<Comparison> checked = Optional.of(new Comparison(new Scratch()));
  private CqlUrl url;

  @BeforeEach
  void chooseKeyspace() {
    url = TestCassandra.newKeyspace();
  }

  @AfterEach
  void dropKeyspace() {
    TestCassandra.session().execute("DROP KEYSPACE IF EXISTS " + url.keyspace());
  }

  private Targets targets() {
    var targets = new Targets();
    new CommandLine(targets).parseArgs("--only", "cql", "--scylladb-url", url.text());
    return targets;
  }

  private void up(Integer version) {
    new Changes(out).up(targets(), version, false, false);
  }

  private void execute(String statement) {
    TestCassandra.session().execute(statement.replace("$k", url.keyspace()));
  }

  private boolean current() {
    return new StatusReport(out).print(targets(), false);
  }

  private String drift(Integer version) {
    printed.reset();
    boolean same = new DriftReport(out).print(targets(), new Scratch(), version, false);
    return same ? "" : printed.toString();
  }

  @Test
  void hand_made_changes_are_told_by_name_and_fresh_does_away_with_them() {
    up(null);
    execute("ALTER TABLE $k.heads ADD age int");
    execute("ALTER TABLE $k.cursors WITH gc_grace_seconds = 60");
    execute("DROP TABLE $k.slots");
    execute("CREATE TYPE $k.inner_part (a int)");
    execute("CREATE TYPE $k.outer_part (a frozen<inner_part>)");
    execute("CREATE TABLE $k.mine (a int PRIMARY KEY, b frozen<outer_part>)");
    String drift = drift(null);
    assertTrue(drift.contains("extra    column heads.age"), drift);
    assertTrue(
        drift.contains(
            "changed  table cursors: the steps give 'gc_grace_seconds=864000', there is"
                + " 'gc_grace_seconds=60'"),
        drift);
    assertTrue(drift.contains("missing  table slots"), drift);
    assertTrue(drift.contains("extra    table mine"), drift);
    assertTrue(drift.contains("6 differences"), drift);
    assertThrows(UserError.class, () -> new Changes(out).fresh(targets(), nobody, false));
    new Changes(out).fresh(targets(), yes, false);
    assertTrue(current());
    assertEquals("", drift(null));
  }

  @Test
  void a_keyspace_without_history_is_taken_over_and_an_edited_step_repaired() {
    up(2);
    execute("TRUNCATE $k.schema_history");
    var upkeep = new Upkeep(out);
    assertThrows(UserError.class, () -> upkeep.baseline(targets(), yes, checked, 1));
    upkeep.baseline(targets(), yes, checked, 2);
    up(null);
    assertTrue(current());
    execute(
        "UPDATE $k.schema_history SET checksum = 'other' WHERE scope = 'schema' AND version = 2");
    assertFalse(upkeep.validate(targets()));
    upkeep.repair(targets(), yes, checked, Set.of());
    assertTrue(upkeep.validate(targets()));
    assertTrue(current());
  }

  @Test
  void every_down_of_the_bundled_steps_is_proved() {
    assertTrue(new Upkeep(out).proveDowns(targets(), new Scratch()), printed.toString());
    assertTrue(printed.toString().contains("0003_receipts.cql"), printed.toString());
  }
}
