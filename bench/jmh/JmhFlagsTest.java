package bench.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import bench.results.Progress;
import bench.results.Rung;
import fixtures.urls.UserError;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// What the flags of `bench@catalog` ask for.
final class JmhFlagsTest {
  private static final int SECONDS = 3 * (5 + 5); // of a benchmark with its full values
  @TempDir Path folder;

  private JmhRun run(String... flags) {
    var parsed = CommandLine.populateCommand(new JmhFlags(), flags);
    return new JmhRun(parsed.options(), Progress.silent());
  }

  @Test
  void theLadderIsOneValueOfEachOfItsBenchmarksBesideItsTwin() {
    long all = run("--ladder", "--out", folder.toString()).seconds();
    assertEquals(2L * SECONDS * Rung.values().length, all);
  }

  @Test
  void theLadderNamesItsBenchmarksItself() {
    for (String other : List.of("Encode", "--side-by-side")) {
      assertThrows(UserError.class, () -> run("--ladder", other));
    }
  }

  @Test
  void whatIsNotThereIsRefused() {
    assertThrows(UserError.class, () -> run("Encoding"));
    assertThrows(UserError.class, () -> run("Encode", "-p", "paylod=16"));
    assertThrows(UserError.class, () -> run("Append", "-p", "engine=mysql"));
    assertThrows(UserError.class, () -> run("Append", "-p", "batch=many"));
  }
}
