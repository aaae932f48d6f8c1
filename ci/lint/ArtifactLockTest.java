package ci.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactLockTest {
  private static final String CATALOG =
      "{\"aliases\": {\"server\": {\"script-ref\": \"server/Server.java\"}}}";

  @TempDir Path folder;

  @Test
  void anotherJarAMissingLineAndALineTooManyAreFoundAndMended() throws Exception {
    var jar =
        Path.of(
            org.junit.jupiter.api.Test.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    var rule = new ArtifactLock((_, _) -> List.of(jar));
    var tree = new TestTree(folder).with("jbang-catalog.json", CATALOG);
    String artifact = ArtifactLock.coordinates(jar);

    tree.with(ArtifactLock.PATH, "# remark\n");
    assertEquals(List.of("ci/artifacts.lock:0 has no line for " + artifact), tree.problems(rule));

    tree.mend(rule);
    assertEquals(List.of(), tree.problems(rule));

    String sha256 =
        tree.text(ArtifactLock.PATH).lines().skip(1).findFirst().orElseThrow().split(" ")[0];
    String other = "0".repeat(64);
    tree.with(ArtifactLock.PATH, other + "  " + artifact + "\n" + other + "  a:b:1\n");
    assertEquals(
        List.of(
            "ci/artifacts.lock:0 %s has SHA-256 %s instead of %s"
                .formatted(artifact, sha256, other),
            "ci/artifacts.lock:0 a:b:1 is on no command's class path"),
        tree.problems(rule));
  }
}
