package ci.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextRulesTest {
  private static final String SLASH = "/"; // so that this file doesn't hold what it plants

  @TempDir Path folder;

  @Test
  void pathsOfOneMachineAndRegistryHostsAreFoundInEveryFile() throws Exception {
    var tree =
        new TestTree(folder)
            .with("README.md", "See " + SLASH + "work/main/README.md\n")
            .with("server/a.sh", "curl https://repo1." + "maven.org/maven2\n")
            .with("server/b.sh", "cd " + SLASH + "root/x\n");
    assertEquals(
        List.of(
            "README.md:1 names the path '" + SLASH + "work/m…' of one machine",
            "server/a.sh:1 names a package registry ('repo1" + ".maven')",
            "server/b.sh:1 names the path '" + SLASH + "root/x…' of one machine"),
        tree.problems(new TextRules()));
  }

  @Test
  void relativePathsAndRoutesPass() throws Exception {
    var tree =
        new TestTree(folder)
            .with("README.md", "work/main, $TMPDIR" + SLASH + "tmp/x, /v1/users, /work\n");
    assertEquals(List.of(), tree.problems(new TextRules()));
  }
}
