package bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bench.client.Encoding;
import bench.cluster.Cluster;
import bench.load.LoadOptions.Profile;
import bench.load.LoadOptions.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Short runs through a whole system in processes of its own. Judges counts, not speed.
final class LoadSessionTest {
  private static final int RATE = 200; // what any machine can do
  private static final long BLOCKED_MILLIS = 500;
  private static Cluster cluster;

  @BeforeAll
  static void start() {
    cluster = Cluster.start(LoadRun.cluster(options(Profile.ONE_TO_ONE, 0, 0)));
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static LoadOptions options(Profile profile, double rate, double stalled) {
    return options(profile, rate, Trouble.stalled(stalled));
  }

  private static LoadOptions options(Profile profile, double rate, Trouble trouble) {
    return new LoadOptions(
        Store.POSTGRES,
        profile,
        rate,
        true,
        0,
        0,
        2,
        256,
        Encoding.CBOR,
        20,
        5,
        4,
        16,
        50,
        trouble,
        1,
        1);
  }

  private static void everythingCameOnce(LoadResult result) {
    assertEquals(0, result.outcome().lost());
    assertEquals(0, result.outcome().duplicated());
    assertEquals(0, result.outcome().reordered());
    assertEquals(0, result.outcome().unanswered());
    assertNull(result.outcome().failure());
    assertTrue(result.tally().completed > 0, "no message came through");
  }

  @Test
  void manyMessagesShareAStatementAndNoneIsLost() throws Exception {
    try (var session = LoadSession.open(cluster, options(Profile.ONE_TO_ONE, 0, 0), 0)) {
      LoadResult result = session.measure(2, 3);
      everythingCameOnce(result);
      double statements = result.transactions() / (double) result.tally().completed;
      // Alone a message takes one statement; 80 in flight share them, and so do acknowledgements.
      assertTrue(statements < 1, statements + " statements for each message");
      assertTrue(result.fields().containsKey("messages_per_core_second"));
      assertTrue(result.used().parts().get("server") > 0);
      assertTrue(result.used().parts().get("postgres") > 0);
      assertEquals("on", result.engines().get("postgres fsync"));
    }
  }

  @Test
  void flameGraphsSayWhoseTheServersProcessorTimeAndAllocationsAre(@TempDir Path folder)
      throws Exception {
    try (var session = LoadSession.open(cluster, options(Profile.GROUPS, 0, 0), 500)) {
      var shares =
          new Flames(folder)
              .during(cluster, "groups", () -> everythingCameOnce(session.measure(0, 2)));
      assertEquals(
          List.of("server-1 cpu", "server-1 allocations", "server-2 cpu", "server-2 allocations"),
          List.copyOf(shares.keySet()));
      shares.forEach((of, layers) -> {
        assertTrue(layers.shares().get("server/realtime") > 0, of + ": " + layers);
        assertTrue(layers.shares().get("Jetty WebSocket") > 0, of + ": " + layers);
      });
      for (String page : List.of("cpu", "allocations")) {
        String html = Files.readString(folder.resolve("groups.server-1." + page + ".html"));
        assertTrue(html.contains("groups: " + page + " of server-1"), page);
        assertTrue(html.length() > 20_000, page + " has no frames");
      }
      try (var files = Files.list(folder)) {
        assertEquals(4, files.count(), "a recording stays behind");
      }
    }
  }

  @Test
  void stalledReadersOfGroupsGetEverythingInTheEnd() throws Exception {
    try (var session = LoadSession.open(cluster, options(Profile.GROUPS, RATE, 0.2), 100)) {
      LoadResult result = session.measure(1, 2);
      everythingCameOnce(result);
      assertEquals(4, result.outcome().stalledReaders());
    }
  }

  @Test
  void socketsThatBreakAllAtOnceComeBackAndNothingIsLostOrRepeated() throws Exception {
    var storm = new Trouble(0, 0, 0, 1, 1);
    try (var session = LoadSession.open(cluster, options(Profile.GROUPS, RATE, storm), 300)) {
      LoadResult result = session.measure(0, 3);
      everythingCameOnce(result);
      long back = result.tally().back.getTotalCount(); // of two times, if the last was quick
      assertTrue(back >= 20 && back <= 40, back + " came back of 20 sockets, twice");
      assertEquals(0, result.tally().dropped, "what was due meanwhile waits for its socket");
    }
  }

  @Test
  void readersThatReadSlowlyGetEverythingInTheEnd() throws Exception {
    var slow = new Trouble(0, 0.2, 2_000, 0, 0);
    try (var session = LoadSession.open(cluster, options(Profile.GROUPS, RATE, slow), 400)) {
      var behind = new AtomicLong();
      LoadResult result =
          session.measure(
              Pace.at(RATE, true), 1, 2, now -> behind.set(now.outcome().stalledBehind()));
      everythingCameOnce(result);
      assertEquals(4, result.outcome().stalledReaders());
      assertTrue(behind.get() > 0, "4 of 20 read 2 KB a second, and were not behind");
    }
  }

  @Test
  void aLoaderThatWasHeldUpSaysHowLongMessagesWaitedForIt() throws Exception {
    try (var session = LoadSession.open(cluster, options(Profile.ONE_TO_ONE, RATE, 0), 200)) {
      var holdUp =
          Thread.ofVirtual()
              .start(() -> {
                sleep(2_000); // in the middle of what is measured
                session.holdUp(BLOCKED_MILLIS);
              });
      Tally tally = session.measure(1, 3).tally();
      holdUp.join();
      long least = TimeUnit.MILLISECONDS.toNanos(BLOCKED_MILLIS / 2); // arrivals are random
      assertTrue(tally.late.getMaxValue() > least, "late " + tally.late.getMaxValue());
      assertTrue(tally.sendAck.getMaxValue() >= tally.late.getMaxValue() * 9 / 10);
      assertTrue(
          tally.rawAck.getMinValue() <= tally.sendAck.getMinValue(),
          "raw times begin later than the intended ones");
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
