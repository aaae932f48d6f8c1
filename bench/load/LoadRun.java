package bench.load;

import bench.cluster.Cluster;
import bench.cluster.ClusterOptions;
import java.io.IOException;
import java.util.function.Consumer;

/// One run by itself: a cluster, its users, a warm-up, the measured time, and the count of what
/// came.
public final class LoadRun {
  private LoadRun() {}

  /// Runs on a cluster of its own, embedded and durable, and ends it.
  ///
  /// @param progress hears what is being done, in few words
  /// @throws fixtures.urls.EnvironmentError when a part does not start or does not answer
  public static LoadResult run(LoadOptions options, Consumer<String> progress)
      throws IOException, InterruptedException {
    progress.accept("starting databases and " + options.servers() + " server(s)");
    try (var cluster = Cluster.start(cluster(options))) {
      progress.accept("logging " + options.sockets() + " users in");
      try (var session = LoadSession.open(cluster, options, 0)) {
        progress.accept(
            "warming up for %d s, then measuring for %d s"
                .formatted(options.warmupSeconds(), options.seconds()));
        return session.measure(options.warmupSeconds(), options.seconds());
      }
    }
  }

  /// The cluster that `options` ask for.
  public static ClusterOptions cluster(LoadOptions options) {
    var wanted = ClusterOptions.of(options.servers()).withSetting("LOG_LEVEL", "WARN");
    return options.store() == LoadOptions.Store.CQL ? wanted.onCql() : wanted;
  }
}
