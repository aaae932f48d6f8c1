package ci.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactLockTest {
  private static final String CATALOG =
      "{\"aliases\": {\"server\": {\"script-ref\": \"server/Server.java\"}}}";

  private static final String SCRIPT = "server/Server.java";

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
    var rule = new ArtifactLock((_, _) -> List.of(jar), ArtifactLock::sha256);
    var tree = new TestTree(folder).with("jbang-catalog.json", CATALOG).with(SCRIPT, "");
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

  @Test
  void testsOnAnotherVersionThanTheServersAreFound() throws Exception {
    var rule =
        new ArtifactLock(
            (_, script) ->
                List.of(jar("org/jooq/jooq", script.equals(SCRIPT) ? "3.21.9" : "3.20.0")),
            _ -> "0");
    var tree =
        new TestTree(folder)
            .with("jbang-catalog.json", CATALOG)
            .with(SCRIPT, "")
            .with(CommandJars.WHOLE_PROJECT, "")
            .with(ArtifactLock.PATH, "0  org.jooq:jooq:3.21.9\n");
    assertEquals(
        List.of(
            "ci/artifacts.lock:0 the server runs on org.jooq:jooq:3.21.9,"
                + " the tests on org.jooq:jooq:3.20.0"),
        tree.problems(rule));
  }

  @Test
  void twoVersionsOfNettyAreFound() throws Exception {
    var rule =
        new ArtifactLock(
            (_, _) ->
                List.of(
                    jar("io/netty/netty-buffer", "4.2.20.Final"),
                    jar("io/netty/netty-common", "4.1.118.Final")),
            _ -> "0");
    var tree =
        new TestTree(folder)
            .with("jbang-catalog.json", CATALOG)
            .with(SCRIPT, "")
            .with(
                ArtifactLock.PATH,
                "0  io.netty:netty-buffer:4.2.20.Final\n0  io.netty:netty-common:4.1.118.Final\n");
    assertEquals(
        List.of("ci/artifacts.lock:0 Netty is there in versions 4.1.118.Final and 4.2.20.Final"),
        tree.problems(rule));
  }

  /// Where a jar would stand in the local repository; it need not be there.
  private static Path jar(String artifact, String version) {
    var set = System.getenv("JBANG_REPO");
    var repository =
        set == null || set.isBlank()
            ? Path.of(System.getProperty("user.home"), ".m2", "repository")
            : Path.of(set);
    String name = artifact.substring(artifact.lastIndexOf('/') + 1);
    return repository.resolve(artifact).resolve(version).resolve(name + "-" + version + ".jar");
  }
}
