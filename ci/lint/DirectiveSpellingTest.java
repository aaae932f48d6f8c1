package ci.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectiveSpellingTest {
  @TempDir Path folder;

  @Test
  void whatJBangWouldIgnoreIsFound() throws Exception {
    var tree =
        new TestTree(folder)
            .with(
                "server/A.java",
                """
                //DEP info.picocli:picocli:4.7.7
                //DEPS info.picocli:picocli:4.7.7
                // DEPS info.picocli:picocli:4.7.7
                //sources B.java
                package server;
                  //FILES x.sql
                """);
    assertEquals(
        List.of(
            "server/A.java:1 JBang ignores '//DEP info.picocli:picocli:4.7.7'",
            "server/A.java:3 JBang ignores '// DEPS info.picocli:picocli:4.7.7'",
            "server/A.java:4 JBang ignores '//sources B.java'",
            "server/A.java:6 JBang ignores '//FILES x.sql'"),
        tree.problems(new DirectiveSpelling()));
  }

  @Test
  void commentsAndTextBlocksAreLeftAlone() throws Exception {
    var tree =
        new TestTree(folder)
            .with(
                "server/A.java",
                """
                package server;
                // FILES are listed, SOURCES too.
                // see the manual
                class A { String url = "http://x"; // JAVA is set elsewhere, see there
                  String s = \"""
                      //DEP in a text
                      \""";
                }
                """);
    assertEquals(List.of(), tree.problems(new DirectiveSpelling()));
  }

  @Test
  void theNearestNameIsProposed() throws Exception {
    var tree = new TestTree(folder).with("server/A.java", "//SOURCE B.java\n");
    new DirectiveSpelling()
        .check(tree.read(), problem -> assertEquals(true, problem.remedy().contains("//SOURCES")));
  }
}
