package migrate.command;

//SOURCES Changes.java
//SOURCES Consent.java
//SOURCES CqlDatabase.java
//SOURCES Database.java
//SOURCES Launch.java
//SOURCES PostgresDatabase.java
//SOURCES Spoken.java
//SOURCES StatusReport.java
//SOURCES Targets.java
//DEPS info.picocli:picocli:4.7.7
//DEPS tools.jackson.core:jackson-databind:3.2.2

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.EnvironmentError;
import fixtures.urls.Settings;
import fixtures.urls.UserError;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import migrate.schema.SchemaMismatch;
import migrate.schema.ScratchDatabase;
import migrate.schema.TestPostgres;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.json.JsonMapper;

class CommandsTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(printed, true);
  private ScratchDatabase scratch;

  @BeforeEach
  void makeDatabase() {
    scratch = TestPostgres.scratch();
  }

  @AfterEach
  void dropDatabase() {
    scratch.close();
  }

  private Targets targets(String... more) {
    return parsed(
        new Targets(),
        more.length > 0
            ? more
            : new String[] {"--only", "postgres", "--postgres-url", scratch.url().text()});
  }

  private static <T> T parsed(T options, String... arguments) {
    new CommandLine(options).parseArgs(arguments);
    return options;
  }

  private String told() {
    String text = printed.toString();
    printed.reset();
    return text;
  }

  @Test
  void up_tells_each_step_and_status_tells_them_later_without_the_password() {
    assertFalse(new StatusReport(out).print(targets(), false));
    assertTrue(told().contains("0001 accounts             pending"));
    new Changes(out).up(targets(), null, false, false);
    String up = told();
    assertTrue(up.contains("up   0001 accounts "), up);
    assertTrue(up.contains("the schema is up to date, at version "), up);
    new Changes(out).up(targets(), null, false, false);
    assertTrue(told().contains("nothing to do: "));
    assertTrue(new StatusReport(out).print(targets(), false));
    String status = told();
    assertTrue(status.contains("0001 accounts             applied  "), status);
    assertFalse(status.contains(scratch.url().password()), status);
  }

  @Test
  void status_as_json_can_be_read_by_a_program() {
    new Changes(out).up(targets(), 1, false, false);
    told();
    assertFalse(new StatusReport(out).print(targets(), true));
    var database = JsonMapper.builder().build().readTree(told()).get("databases").get(0);
    assertEquals("behind", database.get("state").asString());
    assertEquals(1, database.get("version").asInt());
    assertEquals("accounts", database.get("steps").get(0).get("name").asString());
    assertEquals("applied", database.get("steps").get(0).get("standing").asString());
    assertEquals("pending", database.get("steps").get(1).get("standing").asString());
  }

  @Test
  void down_deletes_nothing_without_a_yes() {
    var changes = new Changes(out);
    changes.up(targets(), null, false, false);
    var nobody = new Consent(Optional.empty());
    var error = assertThrows(UserError.class, () -> changes.down(targets(), nobody, null, 0));
    assertTrue(error.getMessage().endsWith("and nobody is here to be asked: say --yes"));
    assertTrue(new StatusReport(out).print(targets(), false));
    var unwilling = new Consent(Optional.of(_ -> "no"));
    assertThrows(UserError.class, () -> changes.down(targets(), unwilling, null, 0));
    assertTrue(new StatusReport(out).print(targets(), false));
    changes.down(targets(), new Consent(Optional.of(_ -> " Yes ")), 1, null);
    assertFalse(new StatusReport(out).print(targets(), false));
    changes.up(targets(), null, false, false);
    changes.down(targets(), parsed(nobody, "--yes"), 1, null);
    assertFalse(new StatusReport(out).print(targets(), false));
  }

  @Test
  void production_wants_one_word_more_before_it_deletes() {
    var production = settings("production");
    var yes = parsed(new Consent(), "--yes");
    var error = assertThrows(UserError.class, () -> yes.toDelete(production, "it is deleted"));
    assertTrue(error.getMessage().endsWith("say --i-know-this-deletes"), error.getMessage());
    parsed(new Consent(), "--yes", "--i-know-this-deletes").toDelete(production, "it is deleted");
    yes.toDelete(settings("development"), "it is deleted");
    yes.to("it is changed");
  }

  private static Settings settings(String environment) {
    return new Settings(
        Path.of("migrate"), Map.of(), Map.of(Settings.VYRY_ENV, environment), Map.of());
  }

  @Test
  void production_starts_no_engine_in_place_of_a_missing_url() {
    var production = settings("production");
    assertThrows(UserError.class, () -> PostgresDatabase.open(production, Duration.ofSeconds(1)));
    assertThrows(UserError.class, () -> CqlDatabase.open(production));
  }

  @Test
  void wrong_options_are_told_with_what_is_right() {
    var changes = new Changes(out);
    var consent = new Consent();
    assertThrows(UserError.class, () -> changes.up(targets("--only", "mysql"), null, false, false));
    assertThrows(UserError.class, () -> changes.down(targets(), consent, 1, 1));
    assertThrows(UserError.class, () -> changes.down(targets(), consent, 0, null));
    assertThrows(UserError.class, () -> targets("--lock-timeout", "-1").lockTimeout());
  }

  @Test
  void a_url_that_is_refused_is_told_with_what_mends_it() {
    String url = scratch.url().text();
    String password = scratch.url().password();
    assertTold("see user and password", url.replace(password, "other"));
    assertTold("CREATE DATABASE it", url.replace(scratch.url().database(), "nowhere"));
  }

  private void assertTold(String mend, String url) {
    var targets = targets("--only", "postgres", "--postgres-url", url);
    var report = new StatusReport(out);
    var error = assertThrows(EnvironmentError.class, () -> report.print(targets, false));
    assertTrue(error.getMessage().contains(mend), error.getMessage());
  }

  @Test
  void an_error_is_one_line_and_an_exit_code() {
    assertEquals("1 mend: a b", ending(new SchemaMismatch("a\n  b")));
    assertEquals("2 mend: a", ending(new UserError("a")));
    assertEquals("3 mend: a", ending(new EnvironmentError("a")));
    assertEquals("3 mend: java.lang.IllegalStateException", ending(new IllegalStateException()));
  }

  private static String ending(Exception e) {
    var said = new StringWriter();
    @CommandLine.Command(name = "mend")
    class Failing implements Callable<Integer> {
      @Override
      public Integer call() throws Exception {
        throw e;
      }
    }
    int code = Launch.line(new Failing()).setErr(new PrintWriter(said)).execute();
    return code + " " + said.toString().strip();
  }
}
