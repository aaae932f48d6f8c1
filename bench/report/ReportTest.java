package bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page and what it is made of, from results made for it.
final class ReportTest {
  @TempDir Path root;

  private static final String LOAD =
      """
      {"verdict": "VALID", "reason": "</script><b>nothing lost", "profile": "one-to-one", "loop": "closed",
       "messages_per_second": 20000, "server_allocated_bytes_per_message": 8000,
       "cpu_micros_per_message": {"server": 30, "postgres": 20, "all": 50},
       "send_receive_ms": {"p50": 1.5, "p99": 4}, "timeline": [], "environment": {"cores": 2}}
      """;

  private static final String JMH =
      """
      [{"benchmark": "bench.jmh.Append.ours", "forks": 1, "measurementIterations": 2,
        "params": {"engine": "postgres", "batch": "128", "payload": "256"},
        "primaryMetric": {"score": 2560, "scoreError": "NaN"},
        "secondaryMetrics": {"cpu.fork": {"score": 640}, "cpu.engines": {"score": 1920},
          "gc.alloc.rate.norm": {"score": 256000}},
        "environment": {"cores": 2}}]
      """;

  private Path run(String name, String file, String text) throws Exception {
    Path folder = Files.createDirectories(root.resolve(name));
    Files.writeString(folder.resolve(file), text);
    return folder;
  }

  @Test
  void thePageLoadsNothingAndTextOfResultsIsNoMarkup() throws Exception {
    Path load = run("load-1", "load.json", LOAD);
    Path page = root.resolve("report.html");
    ReportPage.of(List.of(load)).write(page);
    String html = Files.readString(page);
    assertFalse(html.matches("(?s).*<(script|link|img)[^>]+(src|href)=\"(?!data:).*"));
    assertFalse(html.contains("</script><b>"), "a reason ended the script");
    assertTrue(html.contains("Chart.js v4"), "the plotting library is not in it");
    assertFalse(html.contains("/*DATA*/"));
  }

  @Test
  void theLaddersSharesAreOfTheWholeAndTheRestIsWhatIsLeft() throws Exception {
    Path load = run("load-1", "load.json", LOAD);
    Path bench = run("bench-1", "jmh.json", JMH);
    var runs = Runs.read(List.of(bench, load));
    var ladder = Ladder.of(runs.bench().getFirst().json(), runs.loads().getFirst().json());
    assertEquals(3, ladder.steps().size());
    Ladder.Step commit = ladder.steps().get(0);
    assertEquals(new Ladder.Cost(20, 5, 15, 2_000), commit.cost()); // a message, not the batch
    assertEquals(0.4, commit.timeShare(), 1e-9);
    assertEquals(0.4, commit.cpuShare(), 1e-9);
    assertEquals(0.25, commit.bytesShare(), 1e-9);
    Ladder.Step rest = ladder.steps().get(1);
    assertTrue(rest.name().contains("read the send frame"), "no benchmark had it");
    assertFalse(rest.name().contains("commit"), rest.name());
    assertEquals(new Ladder.Cost(30, 25, 5, 6_000), rest.cost());
    assertEquals(0.6, rest.cpuShare(), 1e-9);
    assertEquals(0.75, rest.bytesShare(), 1e-9);
    assertEquals(50, ladder.steps().get(2).cost().micros()); // 20,000 a second
  }

  @Test
  void theNewestRunIsShownAndTheNewestThatTheLadderCanBeOf() throws Exception {
    Path flatOut = run("load-1", "load.json", LOAD);
    Path older = run("load-2", "load.json", LOAD.replace("closed", "constant"));
    Path groups = run("load-3", "load.json", LOAD.replace("one-to-one", "groups"));
    var newest = Runs.newestLoads(Runs.read(List.of(flatOut, older, groups)).loads());
    assertEquals(List.of("load-1", "load-3"), newest.stream().map(Runs.Run::name).toList());
    var alone = Runs.newestLoads(Runs.read(List.of(older, flatOut)).loads());
    assertEquals(List.of("load-1"), alone.stream().map(Runs.Run::name).toList());
  }

  @Test
  void aRunThatIsNotValidIsNoResult() throws Exception {
    Path failed = run("load-2", "load.json.FAIL", LOAD);
    assertThrows(UserError.class, () -> ReportPage.of(List.of(failed)));
  }

  @Test
  void aChangeOfTheMeanIsMarkedAndChanceIsNot() {
    double[] changed = {10, 10.2, 9.9, 10.1, 12, 12.1, 11.9, 12.2};
    assertEquals(List.of(4), ChangePoints.of(changed));
    assertEquals(List.of(), ChangePoints.of(new double[] {10, 11, 9, 10, 11, 9, 10, 11, 9}));
    assertEquals(List.of(), ChangePoints.of(new double[] {1, 100}));
  }
}
