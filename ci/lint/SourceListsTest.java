package ci.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceListsTest {
  private static final String CLASS = "package server;\nclass X {}\n";

  @TempDir Path folder;

  private TestTree tree() throws Exception {
    return new TestTree(folder)
        .with(
            "server/package-info.java",
            """
            /// The server.
            package server;

            //SOURCES http/Listed.java
            //SOURCES http/Gone.java
            """)
        .with("ci/package-info.java", "//SOURCES ../server/package-info.java\npackage ci;\n")
        .with("server/http/Listed.java", CLASS)
        .with("server/http/Missing.java", CLASS)
        .with("server/http/MissingTest.java", CLASS)
        .with("server/http/limits.lua", "-- a script\n")
        .with("server/Server.java", SourceFile.SCRIPT_LINE + "\n//SOURCES package-info.java\n");
  }

  @Test
  void filesThatNobodyListsAndListedFilesThatAreGoneAreFound() throws Exception {
    assertEquals(
        List.of(
            "server/package-info.java:5 lists 'http/Gone.java', which is not there",
            "server/Server.java:0 is not listed in ci/package-info.java",
            "server/http/MissingTest.java:0 is not listed in ci/package-info.java",
            "server/http/Missing.java:0 is not listed in server/package-info.java",
            "server/http/limits.lua:0 is not listed in server/package-info.java"),
        tree().problems(new SourceLists()));
  }

  @Test
  void mendingWritesSortedListsAndLeavesNothingToFind() throws Exception {
    var tree = tree();
    tree.mend(new SourceLists());
    assertEquals(List.of(), tree.problems(new SourceLists()));
    assertEquals(
        """
        /// The server.
        package server;

        //SOURCES http/Listed.java
        //SOURCES http/Missing.java
        //FILES server/http/limits.lua=http/limits.lua
        """,
        tree.text("server/package-info.java"));
    assertEquals(
        """
        //SOURCES ../server/package-info.java
        //SOURCES ../server/Server.java
        //SOURCES ../server/http/MissingTest.java
        package ci;
        """,
        tree.text("ci/package-info.java"));
  }

  @Test
  void aTestInAFoldersOwnIndexAndAResourceUnderAnotherNameAreFound() throws Exception {
    var tree =
        new TestTree(folder)
            .with(
                "server/package-info.java",
                "//SOURCES XTest.java\n//FILES sql/x.sql=x.sql\npackage server;\n")
            .with("server/XTest.java", CLASS)
            .with("server/x.sql", "-- a statement\n");
    assertEquals(
        List.of(
            "server/package-info.java:1 lists the test 'XTest.java'",
            "server/package-info.java:2 puts 'sql/x.sql=x.sql' elsewhere than where it stands"),
        tree.problems(new SourceLists()));
  }

  @Test
  void anIndexBelowListsItsFolderAndIsListedItself() throws Exception {
    var tree =
        new TestTree(folder)
            .with("ci/package-info.java", "//SOURCES lint/package-info.java\npackage ci;\n")
            .with("ci/lint/package-info.java", "//SOURCES A.java\npackage ci.lint;\n")
            .with("ci/lint/A.java", CLASS)
            .with("ci/lint/B.java", CLASS);
    assertEquals(
        List.of("ci/lint/B.java:0 is not listed in ci/lint/package-info.java"),
        tree.problems(new SourceLists()));
  }
}
