package bench.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;

import bench.difference.Comparison;
import bench.results.Progress;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a message costs in counts, beside what it cost when `bench/counts.json` was committed.
final class CountsTest {
  private static final Path BASELINE = Path.of("bench", CountsRun.FILE);

  @TempDir Path folder;

  @Test
  void noMessageCostsMoreBytesStatementsOrCommandsThanWasCommitted() throws Exception {
    CountsRun.run(folder, Progress.onStderr());
    var comparison = Comparison.of(List.of(BASELINE), List.of(folder));
    String worse =
        comparison.worse(true).stream()
            .map(difference -> "\n" + difference)
            .collect(Collectors.joining());
    assertEquals(
        "",
        worse,
        "a message costs more; when it is worth that: ./jbang bench@catalog --counts --out bench");
    assertEquals(List.of(), comparison.onlyOneHas(), "run it again: figures came or went");
  }
}
