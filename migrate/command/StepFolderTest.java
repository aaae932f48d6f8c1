package migrate.command;

//SOURCES StepFolder.java
//SOURCES StepTemplate.java

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import migrate.schema.Dialect;
import migrate.schema.Steps;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StepFolderTest {
  @TempDir private Path root;
  private Path steps;

  @BeforeEach
  void makeCheckout() throws IOException {
    steps = root.resolve("migrate/steps/postgres");
    Files.createDirectories(steps);
    Files.createDirectories(root.resolve("migrate/steps/cql"));
    Files.writeString(steps.resolve("0007_a.sql"), "-- A.\n-- up\nSELECT 1;\n-- down\n");
    Files.writeString(steps.resolve("index.txt"), "0007_a.sql\n");
    Files.writeString(root.resolve("migrate/steps/cql/index.txt"), "");
    Files.writeString(
        root.resolve("migrate/package-info.java"),
        """
        package migrate;

        //SOURCES schema/Step.java

        //FILES migrate/steps/postgres/0007_a.sql=steps/postgres/0007_a.sql
        //FILES migrate/steps/postgres/index.txt=steps/postgres/index.txt
        """);
  }

  @Test
  void a_new_step_gets_the_next_number_and_its_lines_in_the_lists() throws IOException {
    new StepFolder(root).add("b_c", StepTemplate.INDEX);
    assertTrue(Files.exists(steps.resolve("0008_b_c.sql")));
    assertEquals("0007_a.sql\n0008_b_c.sql\n", Files.readString(steps.resolve("index.txt")));
    assertEquals(
        """
        package migrate;

        //SOURCES schema/Step.java

        //FILES migrate/steps/postgres/0007_a.sql=steps/postgres/0007_a.sql
        //FILES migrate/steps/postgres/0008_b_c.sql=steps/postgres/0008_b_c.sql
        //FILES migrate/steps/postgres/index.txt=steps/postgres/index.txt
        """,
        Files.readString(root.resolve("migrate/package-info.java")));
    new StepFolder(root).add("d", StepTemplate.CHANGE);
    assertTrue(Files.exists(steps.resolve("0009_d.sql")));
  }

  @Test
  void a_java_step_comes_with_its_class() throws IOException {
    new StepFolder(root).add("fill_names", StepTemplate.JAVA);
    var step = Steps.in(steps, Dialect.POSTGRES).list().getLast();
    assertEquals("migrate.steps.postgres.FillNames", step.directives().java().orElseThrow());
    assertTrue(Files.readString(steps.resolve("index.txt")).contains("FillNames.java\n"));
    String listing = Files.readString(root.resolve("migrate/package-info.java"));
    assertTrue(listing.contains("//SOURCES steps/postgres/FillNames.java\n"), listing);
    assertTrue(
        listing.contains(
            "//FILES migrate/steps/postgres/FillNames.java=steps/postgres/FillNames.java\n"),
        listing);
  }

  @Test
  void a_step_for_cql_goes_to_its_folder_and_begins_with_1() {
    var written = new StepFolder(root).add("a", StepTemplate.CQL);
    assertEquals(Path.of("migrate/steps/cql/0001_a.cql"), written.getFirst());
  }

  @ParameterizedTest
  @EnumSource(StepTemplate.class)
  void what_is_not_filled_in_is_refused_before_it_does_anything(StepTemplate template)
      throws IOException {
    var file = root.resolve(new StepFolder(root).add("b", template).getFirst());
    String text = Files.readString(file);
    boolean placeholder = text.contains("<");
    boolean java = text.contains("@java");
    if (!placeholder && !java) {
      var folder = file.getParent();
      assertThrows(UserError.class, () -> Steps.in(folder, template.dialect()));
    }
  }

  @Test
  void a_wrong_name_or_place_is_told() {
    var folder = new StepFolder(root);
    for (String name : List.of("Big", "with space", "1st", "../up")) {
      assertThrows(UserError.class, () -> folder.add(name, StepTemplate.CHANGE));
    }
    assertThrows(UserError.class, () -> new StepFolder(root.resolve("migrate/steps")));
  }
}
