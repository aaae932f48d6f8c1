package ci.smoke;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.PostgresUrl;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import migrate.schema.Dialect;
import migrate.schema.Steps;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresSmokeTest {
  @TempDir static Path folder;

  private static Engine postgres;

  @BeforeAll
  static void start() {
    // Nothing here ends the engine, so durability is not what is tried.
    postgres =
        EmbeddedPostgres.start(
            Home.at(Path.of(".vyry")).withData(folder), EngineOptions.standard().notDurable());
  }

  @AfterAll
  static void stop() {
    postgres.close();
  }

  private static List<Check> run(Steps steps) throws Exception {
    var checks = new ArrayList<Check>();
    new PostgresSmoke(PostgresUrl.parse(postgres.url()), steps, checks::add).run();
    return checks;
  }

  private static List<String> failures(List<Check> checks) {
    return checks.stream().filter(check -> !check.passed()).map(Check::name).toList();
  }

  @Test
  void theBundledStepsPassEveryCheck() throws Exception {
    var checks = run(Steps.bundled(Dialect.POSTGRES));
    assertEquals(List.of(), failures(checks), checks::toString);
    assertTrue(checks.size() > 5);
  }

  @Test
  void aStepThatIsNotUndoneWhollyIsFound() throws Exception {
    var checks =
        run(
            Steps.of(
                Dialect.POSTGRES,
                Map.of(
                    "0001_a.sql",
                    """
                    -- Two tables, of which the way down forgets one.
                    -- up
                    CREATE TABLE a (id int);
                    CREATE TABLE IF NOT EXISTS b (id int);
                    -- down
                    DROP TABLE a;
                    """)));
    assertEquals(
        List.of("going down leaves nothing behind", "step 0001_a.sql can be undone and done again"),
        failures(checks));
  }

  @Test
  void aStepThatFailsIsFoundAndTheOtherChecksAreMade() throws Exception {
    var checks =
        run(
            Steps.of(
                Dialect.POSTGRES,
                Map.of("0001_a.sql", "-- Broken.\n-- up\nCREATE TABLE a (id nothing);\n")));
    assertTrue(failures(checks).contains("two runners at once apply each step once"));
    assertTrue(checks.getFirst().detail().contains("nothing"), checks.getFirst().detail());
  }
}
