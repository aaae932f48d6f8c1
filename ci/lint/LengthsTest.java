package ci.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LengthsTest {
  @TempDir Path folder;

  @Test
  void whatIsTooLongToReadIsFound() throws Exception {
    var tree =
        new TestTree(folder)
            .with("server/Long.java", "//\n".repeat(Lengths.MOST_LINES + 1))
            .with("server/Fits.java", "//\n".repeat(Lengths.MOST_LINES))
            .with("migrate/generated/Long.java", "//\n".repeat(Lengths.MOST_LINES + 1))
            .with(
                "server/Server.java",
                SourceFile.SCRIPT_LINE + "\n//".repeat(Lengths.MOST_SCRIPT_LINES) + "\n");
    assertEquals(
        List.of(
            "server/Long.java:0 has 401 lines, at most 400",
            "server/Server.java:0 has 121 lines, at most 120"),
        tree.problems(new Lengths()));
  }
}
