package bench.load;

import bench.cluster.Cluster;
import bench.cluster.ClusterOptions;
import bench.results.Progress;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/// One run by itself: a cluster, what the loader itself can do, users, a warm-up, the measured
/// time, and the count of what came. For one thread; what is there so far may be asked for by any.
public final class LoadRun {
  private final LoadOptions options;
  private final Pace pace;
  private final int rigSeconds;
  private final UnaryOperator<ClusterOptions> databases;
  private final Flames flames; // null: not wanted
  private final Progress progress;
  private final AtomicReference<Found> soFar = new AtomicReference<>();
  private Rig rig; // null: it was not measured

  /// @param rigSeconds of measuring the loader before an echo first; 0: not at all
  /// @param databases says which ones; else they are embedded, and durable
  /// @param flames drawn of some seconds more, after the measured ones; null: not
  public LoadRun(
      LoadOptions options,
      Pace pace,
      int rigSeconds,
      UnaryOperator<ClusterOptions> databases,
      Flames flames,
      Progress progress) {
    this.options = options;
    this.pace = pace;
    this.rigSeconds = rigSeconds;
    this.databases = databases;
    this.flames = flames;
    this.progress = progress;
  }

  private interface Work {
    Found on(Cluster cluster, LoadSession session) throws IOException, InterruptedException;
  }

  /// Tells of each second; what is there by then can be told of.
  private final class Telling implements Heard {
    private final String part;
    private final boolean kept;

    Telling(String part, boolean kept) {
      this.part = part;
      this.kept = kept;
    }

    @Override
    public void warming(int second, int of) {
      progress.at("warming up", second, of, "");
    }

    @Override
    public void measured(LoadResult result) {
      if (kept) {
        soFar.set(Found.of(result, rig));
      }
      progress.at(part, result.timeline().size(), result.options().seconds(), figures(result));
    }
  }

  /// Measures at the pace.
  ///
  /// @throws fixtures.urls.EnvironmentError when a part does not start or does not answer
  Found run() throws IOException, InterruptedException {
    return on(
        pace,
        (cluster, session) -> {
          var told = new Telling("measuring", true);
          var result = session.measure(pace, options.warmupSeconds(), options.seconds(), told);
          if (flames != null) {
            draw(cluster, session);
          }
          return Found.of(result, rig);
        });
  }

  private void draw(Cluster cluster, LoadSession session) throws IOException, InterruptedException {
    var told = new Telling("profiling", false);
    flames
        .during(cluster, "load", () -> session.measure(pace, 1, Flames.SECONDS, told))
        .forEach((of, layers) -> progress.say("  " + of + ": " + layers));
  }

  /// Looks for the highest rate that keeps `slo`.
  Found capacity(Slo slo) throws IOException, InterruptedException {
    return on(
        pace.with(0),
        (_, session) -> {
          progress.say("looking for the highest rate with " + slo);
          var search =
              new CapacitySearch(
                  session,
                  pace,
                  slo,
                  options.seconds(),
                  progress,
                  found -> soFar.set(Found.of(found, rig)));
          var closedLoop = new Telling("closed loop", true);
          return Found.of(search.find(options.warmupSeconds(), closedLoop), rig);
        });
  }

  private Found on(Pace rigs, Work work) throws IOException, InterruptedException {
    progress.say("starting databases and " + options.servers() + " server(s)");
    try (var cluster = Cluster.start(databases.apply(cluster(options)))) {
      if (rigSeconds > 0) {
        rig = Rig.measure(cluster, options, rigs, rigSeconds, new Telling("echo", false));
        progress.say("  the loader before an echo: " + figures(rig.alone()));
      }
      progress.say("logging " + options.sockets() + " users in");
      try (var session = LoadSession.open(cluster, options, 0)) {
        return work.on(cluster, session);
      }
    } finally {
      progress.close();
    }
  }

  /// In a few words.
  static String figures(LoadResult result) {
    return String.format(
        Locale.ROOT,
        "%,9.0f messages/s  p50 %7.2f ms  p99 %8.2f ms  %s",
        result.messagesPerSecond(),
        result.receiveMillis(50),
        result.receiveMillis(99),
        result.verdict().kind());
  }

  /// What was measured until now, when there will be no more; null: nothing.
  Found ended() {
    progress.end();
    return soFar.get();
  }

  /// The cluster that `options` ask for.
  public static ClusterOptions cluster(LoadOptions options) {
    var wanted = ClusterOptions.of(options.servers()).withSetting("LOG_LEVEL", "WARN");
    return options.store() == LoadOptions.Store.CQL ? wanted.onCql() : wanted;
  }
}
