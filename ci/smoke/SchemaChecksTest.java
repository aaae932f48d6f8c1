package ci.smoke;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.PostgresUrl;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import migrate.schema.Dialect;
import migrate.schema.Steps;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaChecksTest {
  /// Those that take seconds; the others are tried by CI's run of the command.
  private static final Set<Kind> QUICK = EnumSet.complementOf(EnumSet.of(Kind.KILL, Kind.BUSY));

  private static final String GOOD =
      """
      -- A table.
      -- up
      CREATE TABLE a (id int PRIMARY KEY, b text);
      -- down
      DROP TABLE a;
      """;

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

  private static List<Check> run(Steps steps) {
    var checks = new ArrayList<Check>();
    var place = new Place.Postgres(PostgresUrl.parse(postgres.url()));
    boolean passed = new SchemaChecks(place, steps, QUICK, checks::add).run();
    assertEquals(passed, checks.stream().allMatch(Check::passed));
    return checks;
  }

  private static Steps steps(String... files) {
    var sources = new TreeMap<String, String>();
    for (String file : files) {
      sources.put("%04d_s.sql".formatted(sources.size() + 1), file);
    }
    return Steps.of(Dialect.POSTGRES, sources);
  }

  private static Check failure(List<Check> checks) {
    assertFalse(checks.getLast().passed(), checks.toString());
    var failed = checks.stream().filter(check -> !check.passed()).map(Check::kind).distinct();
    assertEquals(List.of(checks.getLast().kind()), failed.toList());
    return checks.getLast();
  }

  @Test
  void the_bundled_steps_pass() {
    var checks = run(Steps.bundled(Dialect.POSTGRES));
    assertTrue(checks.stream().allMatch(Check::passed), checks.toString());
    assertTrue(checks.size() > 5);
    assertTrue(
        checks.stream().anyMatch(c -> c.detail().matches("\\d+ tables, \\d{4,} rows")),
        checks.toString());
  }

  @Test
  void a_step_that_is_not_undone_wholly_is_found_and_what_follows_is_not_tried() {
    var failure =
        failure(
            run(
                steps(
                    GOOD,
                    """
                    -- Two tables, of which the way down forgets one.
                    -- up
                    CREATE TABLE c (id int);
                    CREATE TABLE IF NOT EXISTS b (id int);
                    -- down
                    DROP TABLE c;
                    """)));
    assertEquals("postgres up-down-up", failure.kind());
    assertTrue(failure.detail().contains("1 difference: extra relation b"), failure.detail());
  }

  @Test
  void a_step_that_fails_is_found() {
    var failure = failure(run(steps(GOOD.replace("int", "nothing"))));
    assertEquals("postgres empty to head", failure.kind());
    assertTrue(failure.detail().contains("nothing"), failure.detail());
  }

  @Test
  void a_step_that_is_unsafe_under_load_is_found() {
    var failure =
        failure(
            run(
                steps(
                    GOOD, "-- I.\n-- up\nCREATE INDEX a_b ON a (b);\n-- down\nDROP INDEX a_b;\n")));
    assertEquals("postgres lint", failure.kind());
  }

  @Test
  void a_step_that_changes_rows_that_it_should_not_is_found() {
    var sources = new TreeMap<>(StepSources.bundled(Dialect.POSTGRES).files());
    sources.put(
        "0099_s.sql",
        """
        -- Forgets who sent what.
        -- @allow unbatched-update it is what is tried
        -- up
        UPDATE messages SET content_type = 'lost' WHERE seq = 1;
        -- down
        """);
    var checks = new ArrayList<Check>();
    var place = new Place.Postgres(PostgresUrl.parse(postgres.url()));
    var steps = Steps.of(Dialect.POSTGRES, sources);
    new SchemaChecks(place, steps, EnumSet.of(Kind.EARLIER), checks::add).run();
    assertTrue(
        checks.stream().anyMatch(c -> c.detail().contains("rows of [messages] are others now")),
        checks.toString());
  }

  @Test
  void a_junit_file_has_each_check_and_each_failure() throws Exception {
    var file = folder.resolve("reports/smoke.xml");
    JUnitReport.write(
        file,
        List.of(
            new Check("postgres a", "holds", true, "5 steps", 12),
            new Check("postgres b", "does < not", false, "\u0000 & \"why\"", 1_500)));
    var xml = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
    assertEquals("2", xml.getDocumentElement().getAttribute("tests"));
    assertEquals("1", xml.getDocumentElement().getAttribute("failures"));
    var failure = xml.getElementsByTagName("failure").item(0);
    assertEquals("? & \"why\"", failure.getAttributes().getNamedItem("message").getNodeValue());
    assertEquals(2, xml.getElementsByTagName("testcase").getLength());
    assertTrue(Files.readString(file).contains("time=\"1.500\""));
  }

  @Test
  void the_next_version_is_this_one_with_a_column_renamed() throws Exception {
    NextVersion.write(folder.resolve("next"));
    var users = folder.resolve("next/migrate/generated/tables/Users.class");
    String text = new String(Files.readAllBytes(users), StandardCharsets.ISO_8859_1);
    assertTrue(text.contains("about"), "the column has its new name");
    var names =
        Map.of("steps", Files.readString(folder.resolve("next/migrate/steps/postgres/index.txt")));
    assertTrue(names.get("steps").contains("_about_filled.sql"), names.toString());
  }
}
