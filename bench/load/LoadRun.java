package bench.load;

import bench.cluster.Cluster;
import bench.cluster.ClusterOptions;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/// One run by itself: a cluster, what the loader itself can do, users, a warm-up, the measured
/// time, and the count of what came. For one thread; what is there so far may be asked for by any.
public final class LoadRun {
  private final LoadOptions options;
  private final Pace pace;
  private final int rigSeconds;
  private final Map<String, String> urls;
  private final Consumer<String> progress;
  private final AtomicReference<LoadResult> soFar = new AtomicReference<>();
  private volatile Map<String, Object> rig = Map.of();

  /// @param rigSeconds of measuring the loader before an echo first; 0: not at all
  /// @param urls databases that are there, by their setting; the others are started, durable
  /// @param progress hears what is being done, in few words
  public LoadRun(
      LoadOptions options,
      Pace pace,
      int rigSeconds,
      Map<String, String> urls,
      Consumer<String> progress) {
    this.options = options;
    this.pace = pace;
    this.rigSeconds = rigSeconds;
    this.urls = urls;
    this.progress = progress;
  }

  private interface Work<T> {
    T on(LoadSession session) throws InterruptedException;
  }

  /// Measures at the pace.
  ///
  /// @throws fixtures.urls.EnvironmentError when a part does not start or does not answer
  public LoadResult run() throws IOException, InterruptedException {
    return on(session -> {
      progress.accept(
          "warming up for %d s, then measuring for %d s"
              .formatted(options.warmupSeconds(), options.seconds()));
      return session.measure(
          pace,
          options.warmupSeconds(),
          options.seconds(),
          result -> {
            soFar.set(result);
            progress.accept(second(result));
          });
    });
  }

  /// Looks for the highest rate that keeps `slo`.
  public Capacity capacity(Slo slo) throws IOException, InterruptedException {
    return on(session -> {
      progress.accept("looking for the highest rate with " + slo);
      return Capacity.find(
          session, pace, slo, options.warmupSeconds(), options.seconds(), progress);
    });
  }

  private <T> T on(Work<T> work) throws IOException, InterruptedException {
    progress.accept("starting databases and " + options.servers() + " server(s)");
    var wanted = cluster(options);
    for (var url : urls.entrySet()) {
      wanted = wanted.withUrl(url.getKey(), url.getValue());
    }
    try (var cluster = Cluster.start(wanted)) {
      if (rigSeconds > 0) {
        LoadResult alone = Rig.measure(cluster, options, pace, rigSeconds);
        rig = Rig.fields(alone);
        progress.accept("the loader by itself: " + second(alone).strip());
      }
      progress.accept("logging " + options.sockets() + " users in");
      try (var session = LoadSession.open(cluster, options, 0)) {
        return work.on(session);
      }
    }
  }

  private static String second(LoadResult result) {
    return String.format(
        Locale.ROOT,
        "  %3d s  %,9.0f messages/s  p50 %7.2f ms  p99 %8.2f ms  %s",
        result.timeline().size(),
        result.messagesPerSecond(),
        result.receiveMillis(50),
        result.receiveMillis(99),
        result.verdict().kind());
  }

  /// What was measured until now; null: nothing yet.
  public LoadResult soFar() {
    return soFar.get();
  }

  /// A result's fields, with what the loader itself can do.
  public Map<String, Object> withRig(Map<String, Object> fields) {
    Map<String, Object> all = new LinkedHashMap<>(fields);
    if (!rig.isEmpty()) {
      all.put("rig", rig);
    }
    return all;
  }

  /// The cluster that `options` ask for.
  public static ClusterOptions cluster(LoadOptions options) {
    var wanted = ClusterOptions.of(options.servers()).withSetting("LOG_LEVEL", "WARN");
    return options.store() == LoadOptions.Store.CQL ? wanted.onCql() : wanted;
  }
}
