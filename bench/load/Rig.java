package bench.load;

import bench.cluster.Cluster;
import bench.cluster.ClusterOptions;
import fixtures.urls.Settings;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// What the loader itself can do: the same sockets and frames before a server that hands frames on
/// and does nothing else ([bench.bare.BareServer]). What a run comes to close to it is the
/// loader's.
///
/// @param alone what came of it
public record Rig(LoadResult alone) {
  private static final int RUN_IN_SECONDS = 3; // the loader's own code is cold

  /// A run that comes to this part of what the loader does before an echo may as well be limited by
  /// it: the system costs something too.
  private static final double NEAR = 0.8;

  /// Measures it beside `cluster`, whose databases it does not use.
  public static Rig measure(
      Cluster cluster, LoadOptions options, Pace pace, int seconds, Heard heard)
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
            Trouble.NONE,
            options.loops(),
            options.seed());
    try (var echo = Cluster.start(echo(cluster));
        var session = LoadSession.open(echo, alone, 0)) {
      var messages = new Pace(pace.rate(), pace.endRate(), pace.poisson(), pace.zipf(), 0);
      return new Rig(session.measure(messages, RUN_IN_SECONDS, seconds, heard));
    }
  }

  /// A server that only hands frames on, on the databases of `cluster`, which it does not use.
  public static ClusterOptions echo(Cluster cluster) {
    return ClusterOptions.of(1)
        .withMainClass("bench.bare.BareServer")
        .withUrl(Settings.POSTGRES_URL, cluster.postgres().url())
        .withUrl(Settings.REDIS_URL, cluster.redis().url());
  }

  /// A pace that was asked for, and what came of it.
  ///
  /// @param closed whether none was: the next message waited for the answers
  /// @param rate messages a second
  /// @param median of send to receive, milliseconds
  record Came(Verdict verdict, boolean closed, double rate, double median) {
    static Came of(LoadResult run) {
      return new Came(
          run.verdict(), run.pace().closed(), run.messagesPerSecond(), run.receiveMillis(50));
    }
  }

  /// What is said of a run by a loader that can do this: its own verdict, or LOADER_BOUND where the
  /// echo shows that the loader is the limit. What is WRONG stays so.
  public Verdict judge(LoadResult run) {
    return judge(Came.of(run), Came.of(alone));
  }

  /// The same of a search, which is near its limit at the rate it found.
  Verdict judge(Capacity found) {
    return judge(new Came(found.verdict(), true, found.rate(), Double.NaN), Came.of(alone));
  }

  static Verdict judge(Came run, Came echo) {
    Verdict.Kind own = run.verdict.kind();
    if (own == Verdict.Kind.WRONG || own == Verdict.Kind.LOADER_BOUND) {
      return run.verdict;
    }
    // Without a rate to keep the loader is busy before an echo: then only how far it comes counts.
    if (!echo.closed && echo.verdict.kind() != Verdict.Kind.VALID) {
      return bound(
          "before an echo, too, the loader is %s: %s", echo.verdict.kind(), echo.verdict.reason());
    }
    if (run.closed && run.rate >= NEAR * echo.rate) {
      return bound(
          "%,.0f messages/s, and the loader does %,.0f before an echo", run.rate, echo.rate);
    }
    if (!run.closed && own == Verdict.Kind.VALID && NEAR * run.median <= echo.median) {
      return bound(
          "half of the messages took %.2f ms, and %.2f ms before an echo", run.median, echo.median);
    }
    return run.verdict;
  }

  private static Verdict bound(String reason, Object... values) {
    return new Verdict(Verdict.Kind.LOADER_BOUND, String.format(Locale.ROOT, reason, values));
  }

  /// The figures that say what it can do.
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    Map<String, Object> all = alone.fields();
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
