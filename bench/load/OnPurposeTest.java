package bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bench.client.Api;
import bench.client.Encoding;
import bench.cluster.Cluster;
import bench.load.LoadOptions.Profile;
import bench.load.LoadOptions.Store;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs made wrong on purpose, one for each verdict, and what is left of them. Judges counts, not
/// speed.
final class OnPurposeTest {
  private static final int RATE = 200; // what any machine can do
  private static Cluster cluster;
  @TempDir Path folder;

  @BeforeAll
  static void start() {
    cluster = Cluster.start(LoadRun.cluster(options()));
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static LoadOptions options() {
    return new LoadOptions(
        Store.POSTGRES,
        Profile.ONE_TO_ONE,
        RATE,
        true,
        0,
        0,
        1,
        64,
        Encoding.JSON,
        10,
        2,
        4,
        16,
        50,
        Trouble.NONE,
        1,
        1);
  }

  private interface Mischief {
    void happen() throws Exception;
  }

  /// A run after whose first second something happens.
  private static LoadResult during(LoadSession session, int seconds, Mischief mischief)
      throws Exception {
    var failure = new AtomicReference<Exception>();
    var begun = new CountDownLatch(1);
    var other =
        Thread.ofVirtual()
            .start(() -> {
              try {
                begun.await();
                mischief.happen();
              } catch (Exception e) {
                failure.set(e);
              }
            });
    LoadResult result = session.measure(Pace.at(RATE, true), 1, seconds, _ -> begun.countDown());
    other.join();
    if (failure.get() != null) {
      throw failure.get();
    }
    return result;
  }

  @Test
  void aDatabaseThatStandsStillIsSaturated() throws Exception {
    try (var session = LoadSession.open(cluster, options(), 0)) {
      LoadResult result =
          during(
              session,
              3,
              () -> {
                cluster.postgres().pause();
                TimeUnit.SECONDS.sleep(4); // beyond the measured time
                cluster.postgres().resume();
              });
      assertEquals(Verdict.Kind.SATURATED, result.verdict().kind(), result.verdict().reason());
    }
  }

  @Test
  void aLoaderThatStandsStillIsBound() throws Exception {
    try (var session = LoadSession.open(cluster, options(), 100)) {
      LoadResult result = during(session, 3, () -> session.holdUp(1_000));
      assertEquals(Verdict.Kind.LOADER_BOUND, result.verdict().kind(), result.verdict().reason());
    }
  }

  @Test
  void aLoaderThatIsSlowBeforeAnEchoTooMakesAGoodRunBound() throws Exception {
    try (var session = LoadSession.open(cluster, options(), 400)) {
      LoadResult run = session.measure(Pace.at(RATE, true), 1, 1, Heard.NOBODY);
      LoadResult slow = during(session, 3, () -> session.holdUp(1_000));
      Found found = Found.of(run, new Rig(slow)); // as if that were the echo
      assertEquals(Verdict.Kind.LOADER_BOUND, found.verdict().kind(), found.verdict().reason());
      assertEquals(Verdict.Kind.LOADER_BOUND, found.fields().get("verdict"));
      Path file = RunFiles.write(folder.resolve("run"), found.fields(), run, found.verdict());
      assertEquals("load.json.FAIL", file.getFileName().toString());
    }
  }

  @Test
  void aSocketThatIsClosedMakesItWrongAndItsResultIsKeptAside() throws Exception {
    try (var session = LoadSession.open(cluster, options(), 200);
        var api = new Api(Population.address(cluster, 0))) {
      String token = session.anyone().accessToken();
      LoadResult result = during(session, 2, () -> api.post("/auth/logout", token, Map.of()));
      assertEquals(Verdict.Kind.WRONG, result.verdict().kind(), result.verdict().reason());
      Path run = folder.resolve("run");
      Path file = RunFiles.write(run, result.fields(), result, result.verdict());
      assertEquals("load.json.FAIL", file.getFileName().toString());
      assertFalse(Files.exists(run.resolve(RunFiles.FILE)));
      assertFalse(Files.exists(folder.resolve("history.jsonl")), "it has no place in the history");
    }
  }

  private void whatWasToldToEndIsKeptAndNotRemembered(LoadResult soFar) throws Exception {
    Path run = folder.resolve("interrupted");
    var slo = new Slo(99, 60_000);
    var warmth = new Warmth(List.of(new Warmth.Slice(5, true, 100, 50, 1)), true);
    var tried = List.of(new Tried(soFar, true, null));
    var search = new Capacity(slo, warmth, soFar, tried, 100, 0, Map.of(), true);
    Found found = Found.of(search, null);
    var valid = new Verdict(Verdict.Kind.VALID, "whatever the machine did meanwhile");
    Path file = RunFiles.write(run, found.fields(), found.timed(), valid);
    String kept = Files.readString(file);
    assertTrue(kept.contains("\"interrupted\" : true"), kept);
    assertTrue(kept.contains("\"probes\""), kept);
    assertFalse(Files.exists(folder.resolve("history.jsonl")), "it is no figure of its own");
  }

  @Test
  void aRunThatKeptUpLeavesItsHistogramsAndWhatIsThereSoFarIsAResult() throws Exception {
    try (var session = LoadSession.open(cluster, options(), 300)) {
      var soFar = new AtomicReference<LoadResult>();
      LoadResult result = session.measure(Pace.at(RATE, false), 1, 2, soFar::set);
      assertTrue(soFar.get().interrupted());
      assertTrue(soFar.get().tally().completed <= result.tally().completed);
      whatWasToldToEndIsKeptAndNotRemembered(soFar.get());
      assertEquals(2, result.timeline().size());
      Path run = folder.resolve("run");
      var valid = new Verdict(Verdict.Kind.VALID, "whatever the machine did meanwhile");
      RunFiles.write(run, result.fields(), result, valid);
      long timed = 0;
      try (InputStream log = Files.newInputStream(run.resolve(RunFiles.LOG))) {
        var reader = new HistogramLogReader(log);
        while (reader.hasNext()) {
          if (reader.nextIntervalHistogram() instanceof Histogram one
              && one.getTag().equals("send_ack")) {
            timed += one.getTotalCount();
          }
        }
      }
      long counted =
          result.timeline().stream().mapToLong(s -> s.tally().sendAck.getTotalCount()).sum();
      assertEquals(counted, timed);
      assertTrue(timed > 0);
      assertEquals(1, Files.readAllLines(folder.resolve("history.jsonl")).size());
    }
  }
}
