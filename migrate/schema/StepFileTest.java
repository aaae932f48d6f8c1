package migrate.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class StepFileTest {
  private static final String GOOD = "-- Does it.\n-- up\nSELECT 1;\n-- down\nSELECT 2;\n";

  @Test
  void a_file_is_read_into_its_parts() {
    var step = StepFile.parse("0012_two_words.sql", GOOD, Dialect.POSTGRES);
    assertEquals(12, step.version());
    assertEquals("two_words", step.name());
    assertEquals("Does it.", step.description());
    assertEquals(List.of(new Statement("SELECT 1", 3)), step.up());
    assertEquals(Optional.of(List.of(new Statement("SELECT 2", 5))), step.down());
  }

  @Test
  void a_sentence_that_goes_on_in_the_second_line_is_not_told_by_half() {
    String wrapped = "-- Does a. And b, as\n-- c.\n-- up\nSELECT 1;\n";
    assertEquals("Does a.", StepFile.parse("0001_a.sql", wrapped, Dialect.POSTGRES).description());
    String one = "-- Does a, as\n-- b.\n-- up\nSELECT 1;\n";
    assertEquals("Does a, as", StepFile.parse("0001_a.sql", one, Dialect.POSTGRES).description());
  }

  @Test
  void a_step_without_down_can_not_be_undone_and_one_with_an_empty_down_can() {
    var without = StepFile.parse("0001_a.sql", "-- A.\n-- up\nSELECT 1;\n", Dialect.POSTGRES);
    var empty =
        StepFile.parse("0001_a.sql", "-- A.\n-- up\nSELECT 1;\n-- down\n", Dialect.POSTGRES);
    assertEquals(Optional.empty(), without.down());
    assertEquals(Optional.of(List.of()), empty.down());
  }

  @Test
  void markers_inside_of_a_body_are_text() {
    String body = "-- A.\n-- up\nDO $$\n-- down\nBEGIN NULL; END $$;\n-- down\nSELECT 2;\n";
    assertEquals(1, StepFile.parse("0001_a.sql", body, Dialect.POSTGRES).up().size());
  }

  @Test
  void line_ends_and_trailing_blanks_do_not_change_the_checksum_and_everything_else_does() {
    String sum = StepFile.parse("0001_a.sql", GOOD, Dialect.POSTGRES).checksum();
    String other = "\uFEFF" + GOOD.replace("\n", "  \r\n") + "\r\n\r\n";
    assertEquals(sum, StepFile.parse("0001_a.sql", other, Dialect.POSTGRES).checksum());
    String edited = GOOD.replace("SELECT 2", "SELECT 3");
    assertNotEquals(sum, StepFile.parse("0001_a.sql", edited, Dialect.POSTGRES).checksum());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1_a.sql | '-- A.\n-- up\nSELECT 1;' | no name for a step",
        "0000_a.sql | '-- A.\n-- up\nSELECT 1;' | versions begin with 0001",
        "0001_a.cql | '-- A.\n-- up\nSELECT 1;' | no name for a step",
        "0001_a.sql | 'SELECT 1;' | line 1: the first line is a comment",
        "0001_a.sql | '-- up\nSELECT 1;' | line 1",
        "0001_a.sql | '-- A.\nSELECT 1;\n-- up\nSELECT 1;' | line 2: a statement before",
        "0001_a.sql | '-- A.\n-- up\n-- down\nSELECT 1;' | no statement after",
        "0001_a.sql | '-- A.\n-- down\nSELECT 1;' | line 2: 'down' comes once",
        "0001_a.sql | '-- A.\n-- up\nSELECT 1;\n-- up\n' | line 4: a second 'up'",
        "0001_a.sql | '-- A.\n-- @fast\n-- up\nSELECT 1;' | line 2: '@fast' is no directive",
        "0001_a.sql | '-- A.\n-- up\n-- @offline\nSELECT 1;' | line 3: '@offline' stands before",
        "0001_a.sql | '-- A.\n-- @offline now\n-- up\nSELECT 1;' | line 2: @offline takes no value",
        "0001_a.sql | '-- A.\n"
            + "-- @expand\n"
            + "-- @contract\n"
            + "-- up\n"
            + "SELECT 1;' | line 3: a step is either",
        "0001_a.sql | '-- A.\n"
            + "-- @lock-timeout 5\n"
            + "-- up\n"
            + "SELECT 1;' | line 2: '@lock-timeout 5' is no",
        "0001_a.sql | '-- A.\n"
            + "-- @allow rename\n"
            + "-- up\n"
            + "SELECT 1;' | wants a rule of lint and the reason",
        "0001_a.sql | '-- A.\n-- @backfill t\n-- up\nSELECT 1;' | line 2: '@backfill t'",
        "0001_a.sql | '-- A.\n-- @backfill table=t size=0\n-- up\nSELECT 1;' | give 1 to",
        "0001_a.sql | '-- A.\n"
            + "-- @backfill table=t\n"
            + "-- up\n"
            + "DELETE FROM t;' | is one statement with {batch}",
        "0001_a.sql | '-- A.\n-- @java Name\n-- up\nSELECT 1;' | names no class with its package",
        "0001_a.sql | '-- A.\n-- @java a.Name\n-- up\n' | Name.java, is not beside it",
        "0001_a.sql | '-- A.\n-- up\nSELECT 1;\ncommit;' | line 4: 'COMMIT' can't stand in a step"
      })
  void a_broken_file_is_refused_by_file_line_and_rule(String name, String source, String rule) {
    var error = assertThrows(UserError.class, () -> StepFile.parse(name, source, Dialect.POSTGRES));
    assertTrue(error.getMessage().contains(rule), error.getMessage());
    assertTrue(error.getMessage().startsWith(name), error.getMessage());
  }

  @Test
  void directives_say_how_a_step_is_done() {
    String head =
        """
        -- A.
        -- @no-transaction
        -- @lock-timeout 500ms
        -- @statement-timeout 10 min
        -- @max-blocking 2s
        -- @contract
        -- @offline
        -- @allow rename nobody reads it
        -- up
        SELECT 1;
        """;
    var directives = StepFile.parse("0001_a.sql", head, Dialect.POSTGRES).directives();
    assertFalse(directives.transaction());
    assertEquals(Optional.of(Duration.ofMillis(500)), directives.lockTimeout());
    assertEquals(Optional.of(Duration.ofMinutes(10)), directives.statementTimeout());
    assertEquals(Optional.of(Duration.ofSeconds(2)), directives.maxBlocking());
    assertEquals(Directives.Phase.CONTRACT, directives.phase());
    assertTrue(directives.offline());
    assertEquals(Map.of("rename", "nobody reads it"), directives.allowed());
    assertEquals(
        Directives.NONE, StepFile.parse("0001_a.sql", GOOD, Dialect.POSTGRES).directives());
  }

  @Test
  void a_backfill_names_its_table_key_size_and_rate() {
    String file = "-- A.\n-- @backfill table=t rate=9\n-- up\nUPDATE t SET c = 1 WHERE {batch};\n";
    var step = StepFile.parse("0001_a.sql", file, Dialect.POSTGRES);
    var batches = new Backfill("t", Backfill.DEFAULT_SIZE, 9);
    assertEquals(Optional.of(batches), step.directives().backfill());
    assertFalse(step.directives().transaction());
  }

  @Test
  void what_belongs_to_transactions_is_no_directive_in_cql() {
    for (String directive : List.of("@no-transaction", "@lock-timeout 1s", "@java a.B")) {
      String file = "-- A.\n-- %s\n-- up\nSELECT 1;\n".formatted(directive);
      var error =
          assertThrows(UserError.class, () -> StepFile.parse("0001_a.cql", file, Dialect.CQL));
      assertTrue(error.getMessage().contains("is for PostgreSQL's steps only"), error.getMessage());
    }
  }

  @Test
  void a_java_step_counts_for_the_checksum() {
    String file = "-- A.\n-- @java migrate.steps.postgres.Fill\n-- up\n-- down\n";
    var one = Steps.of(Dialect.POSTGRES, Map.of("0001_a.sql", file, "Fill.java", "class Fill {}"));
    var two = Steps.of(Dialect.POSTGRES, Map.of("0001_a.sql", file, "Fill.java", "class Fill { }"));
    assertEquals(1, one.list().size());
    assertNotEquals(one.list().getFirst().checksum(), two.list().getFirst().checksum());
  }

  @Test
  void two_files_of_one_version_are_refused() {
    var files = Map.of("0001_a.sql", GOOD, "0001_b.sql", GOOD);
    var error = assertThrows(UserError.class, () -> Steps.of(Dialect.POSTGRES, files));
    assertTrue(error.getMessage().contains("0001_a.sql and 0001_b.sql have one version"));
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void the_steps_that_come_with_the_code_are_those_of_the_folder(Dialect dialect) throws Exception {
    var folder = Path.of("migrate/steps", dialect.folder());
    var bundled = Steps.bundled(dialect).list();
    assertEquals(Steps.in(folder, dialect).list(), bundled);
    String index = Files.readString(Path.of("migrate/package-info.java"));
    for (var step : bundled) {
      String path = "steps/" + dialect.folder() + "/" + step.file();
      assertTrue(index.contains("//FILES migrate/%s=%s\n".formatted(path, path)), path);
    }
  }
}
