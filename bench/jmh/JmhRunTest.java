package bench.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bench.results.Progress;
import fixtures.urls.EnvironmentError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One short run of JMH with real forks. Judges what is in the file, not how fast it was.
final class JmhRunTest {
  @TempDir Path folder;

  static {
    System.setProperty("jmh.ignoreLock", "true"); // nothing is measured that another could disturb
  }

  @Test
  void eachForksMeasurementsStandByThemselvesWithWhatTheyWereMadeOn() throws Exception {
    String asked =
        "Decode -p encoding=json -p payload=16 --values smoke --forks 2 --warmups 0 --iterations 3"
            + " --millis 20 --out ";
    Path out = folder.resolve("run");
    var flags = CommandLine.populateCommand(new JmhFlags(), (asked + out).split(" "));
    var run = new JmhRun(flags.options(), Progress.silent());
    run.run();
    assertTrue(run.over());
    JsonNode results = new JsonMapper().readTree(Files.readString(out.resolve(JmhRun.FILE)));
    assertEquals(2, results.size(), "ours and the twin");
    for (JsonNode one : results) {
      for (String metric :
          List.of(
              "/primaryMetric",
              "/secondaryMetrics/cpu.fork",
              "/secondaryMetrics/gc.alloc.rate.norm")) {
        JsonNode forks = one.at(metric + "/rawData");
        assertEquals(2, forks.size(), metric);
        forks.forEach(fork -> assertEquals(3, fork.size(), metric));
      }
      assertTrue(one.at("/environment/cores").asInt() > 0);
    }
    assertFalse(Files.exists(folder.resolve("history.jsonl")), "smoke is no history");
  }

  @Test
  void anotherRunIsNoTwinWithOtherAnswers() {
    var taken = new RunnerException("ERROR: Unable to acquire the JMH lock (jmh.lock)");
    assertInstanceOf(EnvironmentError.class, JmhRun.failed("Encode", "", taken));
    var other = new RunnerException("Benchmark caught the exception");
    assertInstanceOf(ProofFailed.class, JmhRun.failed("Encode", "", other));
  }
}
