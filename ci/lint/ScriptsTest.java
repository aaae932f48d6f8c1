package ci.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScriptsTest {
  @TempDir Path folder;

  @Test
  void aScriptWithAnotherStartAndACatalogOfOtherFilesAreFound() throws Exception {
    var tree =
        new TestTree(folder)
            .with("jbang-catalog.json", "{\"aliases\": {\"x\": {\"script-ref\": \"x/Gone.java\"}}}")
            .with("server/Server.java", "///usr/bin/env jbang run\npackage server;\n");
    assertEquals(
        List.of(
            "server/Server.java:1 has its own first line",
            "server/Server.java:0 doesn't say which Java it needs",
            "server/Server.java:0 is a command that jbang-catalog.json doesn't name",
            "jbang-catalog.json:0 names x/Gone.java, which is not there"),
        tree.problems(new Scripts()));
  }
}
