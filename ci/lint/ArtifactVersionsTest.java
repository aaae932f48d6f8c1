package ci.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactVersionsTest {
  @TempDir Path folder;

  @Test
  void anArtifactInTwoVersionsIsFound() throws Exception {
    var tree =
        new TestTree(folder)
            .with("migrate/package-info.java", "//DEPS org.jooq:jooq:3.21.9\npackage migrate;\n")
            .with("server/package-info.java", "//DEPS org.jooq:jooq:3.21.8\npackage server;\n");
    assertEquals(
        List.of(
            "server/package-info.java:1 org.jooq:jooq 3.21.8,"
                + " but 3.21.9 in migrate/package-info.java:1"),
        tree.problems(new ArtifactVersions()));
  }

  @Test
  void whereNettyIsUsedItsVersionsComeFirst() throws Exception {
    var tree =
        new TestTree(folder)
            .with(
                "server/package-info.java",
                """
                //DEPS io.lettuce:lettuce-core:7.7.0.RELEASE
                //DEPS io.netty:netty-bom:4.2.20.Final@pom
                package server;
                """)
            .with("ci/package-info.java", "//SOURCES ../server/package-info.java\npackage ci;\n");
    assertEquals(
        List.of(
            "server/package-info.java:1 Netty is used here, and the first artifact is"
                + " io.lettuce:lettuce-core:7.7.0.RELEASE"),
        tree.problems(new ArtifactVersions()));
    tree.with(
        "server/package-info.java",
        "//DEPS io.lettuce:lettuce-core:7.7.0.RELEASE\npackage server;\n");
    assertEquals(
        List.of(
            "ci/package-info.java:0 reaches Netty without its list of versions",
            "server/package-info.java:1 Netty is used here, and the first artifact is"
                + " io.lettuce:lettuce-core:7.7.0.RELEASE",
            "server/package-info.java:0 reaches Netty without its list of versions"),
        tree.problems(new ArtifactVersions()));
  }
}
