package ci.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectiveValuesTest {
  @TempDir Path folder;

  @Test
  void globsSeveralArtifactsAndOpenVersionsAreFound() throws Exception {
    var tree =
        new TestTree(folder)
            .with(
                "server/A.java",
                """
                //SOURCES http/*.java
                //FILES a.sql b.sql
                //DEPS a:b:1 c:d:2
                //DEPS a:b:[1,2)
                //DEPS a:b:LATEST
                //DEPS a:b:1.+
                //DEPS a:b
                //DEPS nonsense
                """);
    assertEquals(
        List.of(
            "server/A.java:1 the glob 'http/*.java' fails in a run from a URL",
            "server/A.java:2 'a.sql b.sql' is not one path",
            "server/A.java:3 'a:b:1 c:d:2' is not one artifact",
            "server/A.java:4 'a:b:[1,2)' has no fixed version",
            "server/A.java:5 'a:b:LATEST' has no fixed version",
            "server/A.java:6 'a:b:1.+' has no fixed version",
            "server/A.java:7 'a:b' has no fixed version",
            "server/A.java:8 'nonsense' is no artifact"),
        tree.problems(new DirectiveValues()));
  }

  @Test
  void fixedValuesPass() throws Exception {
    var tree =
        new TestTree(folder)
            .with(
                "server/A.java",
                """
                //SOURCES http/B.java
                //FILES server/a.sql=a.sql
                //DEPS io.netty:netty-bom:4.2.20.Final@pom
                //DEPS a:b:1.0:linux-x86_64
                """);
    assertEquals(List.of(), tree.problems(new DirectiveValues()));
  }
}
