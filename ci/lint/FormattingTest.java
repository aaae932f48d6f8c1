package ci.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FormattingTest {
  @TempDir Path folder;

  private static final String UGLY =
      """
      ///usr/bin/env jbang "$0" "$@" ; exit $?
      //JAVA 25+
      //DEPS com.example.a.group.with.a.rather.long.name:an.artifact.with.a.rather.long.name:1.2.3.4.5
      package server;
      import java.util.List;
      import java.util.Map;
      class A { List<String>   f( ) { return List.of() ; } }
      """;

  @Test
  void anotherFormatIsFoundAndMended() throws Exception {
    var tree = new TestTree(folder).with("server/A.java", UGLY);
    assertEquals(
        List.of("server/A.java:5 is not in the house's format"), tree.problems(new Formatting()));
    tree.mend(new Formatting());
    assertEquals(List.of(), tree.problems(new Formatting()));
    assertEquals(
        UGLY.lines().limit(3).toList(), tree.text("server/A.java").lines().limit(3).toList());
    assertEquals(
        """
        package server;

        import java.util.List;

        class A {
          List<String> f() {
            return List.of();
          }
        }
        """,
        String.join("\n", tree.text("server/A.java").lines().skip(3).toList()).stripLeading()
            + "\n");
  }

  @Test
  void directivesAfterThePackageKeepTheirPlace() throws Exception {
    String index = "/// The server.\npackage server;\n\n//SOURCES A.java\n//SOURCES B.java\n";
    assertEquals(index, Formatting.format(index));
  }

  @Test
  void generatedFilesAreLeftAlone() throws Exception {
    var tree = new TestTree(folder).with("migrate/generated/A.java", UGLY);
    assertEquals(List.of(), tree.problems(new Formatting()));
  }
}
