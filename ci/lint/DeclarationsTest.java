package ci.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeclarationsTest {
  @TempDir Path folder;

  @Test
  void aPublicTypeWithoutADocCommentAndEmptyNamesAreFound() throws Exception {
    var tree =
        new TestTree(folder)
            .with(
                "server/A.java",
                """
                package server;

                // Not a doc comment.
                public class A {
                  static class SocketManager {}
                }
                """)
            .with("server/JsonUtil.java", "package server;\nclass JsonUtil {}\n");
    assertEquals(
        List.of(
            "server/A.java:4 the public type A has no doc comment",
            "server/A.java:5 the name SocketManager says 'Manager', which fits any type",
            "server/JsonUtil.java:2 the name JsonUtil says 'Util', which fits any type"),
        tree.problems(new Declarations()));
  }

  @Test
  void documentedTypesTestsAndLongerWordsPass() throws Exception {
    var tree =
        new TestTree(folder)
            .with(
                "server/A.java",
                """
                package server;

                /// What it is.
                @Deprecated
                public class A {
                  static class Implied {}
                }
                """)
            .with("server/ATest.java", "package server;\npublic class ATest {}\n")
            .with("server/B.java", "package server;\n/** What it is. */\npublic record B() {}\n");
    assertEquals(List.of(), tree.problems(new Declarations()));
  }
}
