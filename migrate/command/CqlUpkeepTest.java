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

import com.datastax.oss.driver.api.core.CqlSession;
import fixtures.engines.EmbeddedCassandra;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.CqlUrl;
import fixtures.urls.UserError;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import migrate.schema.CqlSessions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class CqlUpkeepTest {
  private static Engine engine;
  private static CqlSession session;

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(printed, true);
  private final Consent yes = new Consent(Optional.of(_ -> "yes"));
  private final Consent nobody = new Consent(Optional.empty());
  private final Optional<Comparison> checked = Optional.of(new Comparison(new Scratch()));
  private CqlUrl url;

  @BeforeAll
  static void startEngine() {
    engine =
        EmbeddedCassandra.start(
            Home.at(Path.of(".vyry")).withData(Path.of(".vyry/tests/migrate")),
            EngineOptions.standard().notDurable());
    session = CqlSessions.open(CqlUrl.parse(engine.url()));
  }

  @AfterAll
  static void stopEngine() {
    session.close();
    engine.close();
  }

  @BeforeEach
  void chooseKeyspace() {
    String name = "t_" + UUID.randomUUID().toString().replace("-", "");
    url = CqlUrl.parse(engine.url().replaceFirst("/[a-z_]+$", "/" + name));
  }

  @AfterEach
  void dropKeyspace() {
    session.execute("DROP KEYSPACE IF EXISTS " + url.keyspace());
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
    session.execute(statement.replace("$k", url.keyspace()));
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
