package migrate.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class LintTest {
  private static final String TABLE =
      "-- A.\n-- up\nCREATE TABLE a (id int PRIMARY KEY, b text);\n-- down\nDROP TABLE a;\n";
  private static final String INDEX =
      "-- I.\n-- up\nCREATE INDEX a_b ON a (b);\n-- down\nDROP INDEX a_b;\n";

  @TempDir Path folder;

  private String printed;

  private int lint(String... arguments) {
    var stdout = System.out;
    var bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true));
    try {
      return Launch.run(new Lint(), arguments);
    } finally {
      System.setOut(stdout);
      printed = bytes.toString();
    }
  }

  private int lintFolder(String... more) throws IOException {
    Files.writeString(folder.resolve("0001_a.sql"), TABLE);
    Files.writeString(folder.resolve("0002_i.sql"), INDEX);
    Files.writeString(folder.resolve("README.md"), "no step");
    var arguments = new String[more.length + 2];
    arguments[0] = "--steps";
    arguments[1] = folder.toString();
    System.arraycopy(more, 0, arguments, 2, more.length);
    return lint(arguments);
  }

  @Test
  void a_folder_of_somebodys_own_steps_is_read() throws IOException {
    assertEquals(1, lintFolder());
    assertTrue(printed.contains("0002_i.sql:3: "), printed);
    assertTrue(printed.contains("2 steps read"), printed);
    assertEquals(1, lintFolder("--json"));
    var found = JsonMapper.shared().readTree(printed);
    assertEquals("0002_i.sql", found.get(0).get("file").asString());
    assertEquals(0, lintFolder("--from", "3"));
  }

  @Test
  void both_kinds_are_read_and_one_where_it_is_said() throws IOException {
    Files.writeString(
        folder.resolve("0001_c.cql"),
        "-- C.\n-- up\nCREATE INDEX IF NOT EXISTS i ON c (d);\n-- down\nDROP INDEX IF EXISTS i;\n");
    assertEquals(1, lintFolder());
    assertTrue(printed.contains("0001_c.cql:3: "), printed);
    assertTrue(printed.contains("3 steps read"), printed);
    assertEquals(1, lintFolder("--only", "cql"));
    assertTrue(printed.contains("1 step read"), printed);
  }

  @Test
  void a_folder_without_steps_is_a_mistake() {
    assertEquals(2, lint("--steps", folder.toString()));
    assertEquals(2, lint("--steps", folder.resolve("none").toString()));
  }

  @Test
  void the_steps_that_come_with_this_are_clean() {
    assertEquals(0, lint(), printed);
  }
}
