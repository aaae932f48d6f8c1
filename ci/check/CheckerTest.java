package ci.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bench.cluster.Cluster;
import bench.cluster.ClusterOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The whole checker on a system of processes, short: a minute each on a quiet machine.
@Tag("check")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class CheckerTest {
  private static final int MESSAGES = 3_000;
  private static final int SPOILED_MESSAGES = 1_500; // one of a hundred is spoiled
  private static final long SEED = 5;

  @Test
  void everyPromiseIsKeptOnPostgresThroughOneFaultOfEachKind() throws Exception {
    Set<FaultKind> faults = EnumSet.complementOf(EnumSet.of(FaultKind.KILL_CQL));
    try (var cluster = Cluster.start(ClusterOptions.of(2))) {
      keepsEveryPromise(cluster, new CheckOptions(false, MESSAGES, faults, SEED));
    }
  }

  @Test
  void everyPromiseIsKeptOnCqlThroughOneFaultOfEachKind() throws Exception {
    Set<FaultKind> faults = EnumSet.allOf(FaultKind.class);
    try (var cluster = Cluster.start(ClusterOptions.of(2).onCql())) {
      keepsEveryPromise(cluster, new CheckOptions(true, MESSAGES, faults, SEED));
    }
  }

  private static void keepsEveryPromise(Cluster cluster, CheckOptions options) throws Exception {
    Outcome outcome = new Trial(cluster, options, _ -> {}).run();
    assertTrue(outcome.passed(), () -> String.join("\n", outcome.lines()));
    var verdict = outcome.verdict();
    assertEquals(
        options.messages(), verdict.acknowledged() + verdict.unknown() + verdict.refused());
    assertTrue(verdict.acknowledged() > options.messages() / 2, outcome::toString);
    assertTrue(verdict.refused() > 0, "removed members' sends are refused");
    assertEquals(
        options.faults().stream().map(FaultKind::toString).collect(Collectors.toSet()),
        outcome.faults().stream().map(Fault::kind).collect(Collectors.toSet()));
  }

  @Test
  void aStoreThatBreaksAPromiseIsFoundAndThePromiseNamed(@TempDir Path folder) throws Exception {
    Path kind = folder.resolve("kind");
    var faulty =
        ClusterOptions.of(2)
            .withMainClass(FaultyServer.class.getName())
            .withSetting(FaultyServer.SETTING, kind.toString());
    try (var cluster = Cluster.start(faulty)) {
      Files.writeString(kind, FaultyServer.Kind.FORGET.name());
      assertEquals(2, found(cluster, SEED).getFirst().promise().number());
      Files.writeString(kind, FaultyServer.Kind.SWAP.name());
      // Retries see it too, because it makes their first answer untrue.
      assertTrue(found(cluster, SEED + 1).stream().anyMatch(v -> v.promise() == Promise.ONE_ORDER));
      Files.writeString(kind, FaultyServer.Kind.DROP.name());
      Violation dropped = found(cluster, SEED + 2).getFirst();
      assertEquals(1, dropped.promise().number());
      assertTrue(dropped.history().contains("not in the store"), dropped::toString);
    }
  }

  private static List<Violation> found(Cluster cluster, long seed) throws Exception {
    var options = new CheckOptions(false, SPOILED_MESSAGES, Set.of(), seed);
    Outcome outcome = new Trial(cluster, options, _ -> {}).run();
    assertFalse(outcome.passed(), () -> String.join("\n", outcome.lines()));
    Map<String, Object> json = outcome.toJson();
    assertEquals("VIOLATED", json.get("verdict"));
    assertFalse(((List<?>) json.get("violations")).isEmpty());
    return outcome.verdict().violations();
  }
}
