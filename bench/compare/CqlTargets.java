package bench.compare;

import bench.bare.CqlTwin;
import bench.cluster.Cluster;
import bench.load.LoadOptions.Profile;
import bench.load.LoadOptions.Store;
import bench.load.LoadResult;
import bench.load.LoadRun;
import bench.load.LoadSession;
import fixtures.urls.CqlUrl;
import java.util.List;

/// Messages stored in CQL, beside a bare program over the driver on the same node.
final class CqlTargets {
  private static final int IN_FLIGHT = 256; // messages of the twin; more do not make it faster

  private CqlTargets() {}

  static List<Line> cql(Measuring m) throws Exception {
    var options = Measuring.options(Store.CQL, Profile.ONE_TO_ONE, 0);
    try (var cluster = Cluster.start(LoadRun.cluster(options));
        var session = LoadSession.open(cluster, options, 0);
        var twin =
            new CqlTwin(CqlUrl.parse(cluster.cql().orElseThrow().url()), Measuring.PAYLOAD_BYTES)) {
      var warm = m.told(session.measure(2 * Measuring.WARMUP_SECONDS, Measuring.RUN_IN_SECONDS));
      warm.engines().forEach((name, value) -> m.say("%s %s", name, value));
      m.say("bare: %.0f messages/s", twin.flatOut(IN_FLIGHT, 0, Measuring.WARMUP_SECONDS / 2));
      var turns =
          Turns.of(
              () -> m.told(session.measure(Measuring.RUN_IN_SECONDS, m.seconds())),
              () -> twin.flatOut(IN_FLIGHT, Measuring.RUN_IN_SECONDS, m.seconds()));
      return List.of(
          Line.ratio(
              "cql",
              "messages/s beside bare writes of the driver",
              turns.ours(LoadResult::messagesPerSecond),
              turns.others(rate -> rate),
              ">= 0.5"));
    }
  }
}
