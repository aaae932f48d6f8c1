package ci.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FloorsTest {
  @TempDir Path folder;

  @Test
  void anImportToTheRightIsFoundAlsoWithoutAnImportLine() throws Exception {
    var tree =
        new TestTree(folder)
            .with(
                "migrate/schema/A.java",
                """
                package migrate.schema;

                import fixtures.urls.PostgresUrl;
                import server.http.Json;

                class A {
                  ci.lint.Rule rule;
                }
                """);
    assertEquals(
        List.of(
            "migrate/schema/A.java:4 migrate uses server.http.Json",
            "migrate/schema/A.java:7 migrate uses ci.lint.Rule"),
        tree.problems(new Floors()));
  }

  @Test
  void theServerStartsEnginesInOnePlaceAndInTests() throws Exception {
    String use = "package %s;\n\nimport fixtures.engines.EmbeddedRedis;\n\nclass A {}\n";
    var tree =
        new TestTree(folder)
            .with("server/Server.java", use.formatted("server"))
            .with("server/http/ATest.java", use.formatted("server.http"))
            .with("server/http/A.java", use.formatted("server.http"));
    assertEquals(
        List.of("server/http/A.java:3 the server uses fixtures.engines.EmbeddedRedis"),
        tree.problems(new Floors()));
  }

  @Test
  void aPackageIsItsFolder() throws Exception {
    var tree = new TestTree(folder).with("server/http/A.java", "package server;\nclass A {}\n");
    assertEquals(
        List.of("server/http/A.java:0 stands in package 'server'"), tree.problems(new Floors()));
  }

  @Test
  void aVariableNamedLikeAFolderIsNoUse() throws Exception {
    var tree =
        new TestTree(folder)
            .with(
                "fixtures/A.java",
                """
                package fixtures;

                class A {
                  int f(Runnable server) {
                    server.run();
                    return server.hashCode();
                  }
                }
                """);
    assertEquals(List.of(), tree.problems(new Floors()));
  }
}
