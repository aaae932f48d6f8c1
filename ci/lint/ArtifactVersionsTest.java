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
  void whereNettyIsMetOnTheWayItsVersionsComeFirst() throws Exception {
    var tree =
        new TestTree(folder)
            .with(
                "server/package-info.java",
                """
                //DEPS io.netty:netty-bom:4.2.20.Final@pom
                //DEPS io.lettuce:lettuce-core:7.7.0.RELEASE
                package server;
                """)
            .with(
                "ci/package-info.java",
                """
                //DEPS org.junit.jupiter:junit-jupiter:6.1.3
                //SOURCES ../server/package-info.java
                package ci;
                """);
    assertEquals(
        List.of(
            "ci/package-info.java:1 Netty is used here or in a listed file, and the first artifact"
                + " is org.junit.jupiter:junit-jupiter:6.1.3"),
        tree.problems(new ArtifactVersions()));
  }
}
