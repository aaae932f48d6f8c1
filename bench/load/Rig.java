package bench.load;

import bench.cluster.Cluster;
import bench.cluster.ClusterOptions;
import fixtures.urls.Settings;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/// What the loader itself can do: the same sockets and frames before a server that hands frames on
/// and does nothing else ([bench.bare.BareServer]). What a run comes to close to it is the
/// loader's.
public final class Rig {
  private static final int RUN_IN_SECONDS = 3; // the loader's own code is cold

  private Rig() {}

  /// Measures it beside `cluster`, whose databases it does not use.
  public static LoadResult measure(Cluster cluster, LoadOptions options, Pace pace, int seconds)
      throws IOException, InterruptedException {
    var alone =
        new LoadOptions(
            options.store(),
            LoadOptions.Profile.BARE_GROUPS,
            pace.rate(),
            pace.poisson(),
            0,
            seconds,
            1,
            options.payloadBytes(),
            bench.client.Encoding.JSON, // the bare server reads no other
            options.sockets(),
            options.roomSize(),
            options.inFlight(),
            options.acknowledgeEvery(),
            options.acknowledgeMillis(),
            0,
            options.loops(),
            options.seed());
    var bare =
        ClusterOptions.of(1)
            .withMainClass("bench.bare.BareServer")
            .withUrl(Settings.POSTGRES_URL, cluster.postgres().url())
            .withUrl(Settings.REDIS_URL, cluster.redis().url());
    try (var echo = Cluster.start(bare);
        var session = LoadSession.open(echo, alone, 0)) {
      var messages = new Pace(pace.rate(), pace.endRate(), pace.poisson(), pace.zipf(), 0);
      return session.measure(messages, RUN_IN_SECONDS, seconds, _ -> {});
    }
  }

  /// The figures that say what it can do.
  public static Map<String, Object> fields(LoadResult result) {
    Map<String, Object> fields = new LinkedHashMap<>();
    Map<String, Object> all = result.fields();
    for (String name :
        new String[] {
          "verdict",
          "messages_per_second",
          "deliveries_per_second",
          "loader_busy",
          "send_receive_ms",
          "written_late_ms"
        }) {
      fields.put(name, all.get(name));
    }
    return fields;
  }
}
