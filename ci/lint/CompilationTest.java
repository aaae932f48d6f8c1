package ci.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompilationTest {
  @TempDir Path folder;

  @Test
  void errorsAndWarningsAreFound() throws Exception {
    var tree =
        new TestTree(folder)
            .with(
                "server/A.java",
                """
                package server;

                class A {
                  java.util.List<String> raw() {
                    return (java.util.List) null;
                  }
                }
                """)
            .with("server/B.java", "package server;\nclass B extends Nothing {}\n");
    assertEquals(
        List.of(
            "server/B.java:2 cannot find symbol symbol: class Nothing",
            "server/A.java:5 unchecked conversion required: java.util.List<java.lang.String>"
                + " found:    java.util.List"),
        tree.problems(new Compilation((_, _) -> List.of())));
  }

  @Test
  void cleanCodePasses() throws Exception {
    var tree = new TestTree(folder).with("server/A.java", "package server;\nclass A {}\n");
    assertEquals(List.of(), tree.problems(new Compilation((_, _) -> List.of())));
  }
}
