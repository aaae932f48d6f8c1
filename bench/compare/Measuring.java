package bench.compare;

import bench.client.Encoding;
import bench.cluster.Cluster;
import bench.cluster.ClusterOptions;
import bench.load.LoadOptions;
import bench.load.LoadOptions.Profile;
import bench.load.LoadOptions.Store;
import bench.load.LoadResult;
import bench.load.Trouble;
import bench.load.Verdict;
import fixtures.urls.Settings;
import java.util.function.Consumer;

/// What all targets share.
///
/// @param seconds of each measurement
/// @param progress hears what is being done, and each measurement
record Measuring(int seconds, Consumer<String> progress) {
  static final int WARMUP_SECONDS = 20; // a cold JVM costs three times as much
  static final int RUN_IN_SECONDS = 2;
  static final int PAYLOAD_BYTES = 256;

  /// Two hundred sockets, one server.
  static LoadOptions options(Store store, Profile profile, double rate) {
    return new LoadOptions(
        store,
        profile,
        rate,
        false,
        0,
        0,
        1,
        PAYLOAD_BYTES,
        Encoding.JSON,
        200,
        10,
        8,
        16,
        50,
        Trouble.NONE,
        1,
        1);
  }

  static LoadOptions options(Profile profile, double rate) {
    return options(Store.POSTGRES, profile, rate);
  }

  /// A bare server on the databases of `cluster`, which it does not use.
  static ClusterOptions bare(Cluster cluster) {
    return ClusterOptions.of(1)
        .withMainClass("bench.bare.BareServer")
        .withUrl(Settings.POSTGRES_URL, cluster.postgres().url())
        .withUrl(Settings.REDIS_URL, cluster.redis().url());
  }

  void say(String sentence, Object... values) {
    progress.accept("  " + sentence.formatted(values));
  }

  /// The result, after its verdict was told.
  LoadResult told(LoadResult result) {
    Verdict verdict = result.verdict();
    say(
        "%s: %s; %.0f messages/s; µs/message %s; p99 %.2f ms",
        verdict.kind(),
        verdict.reason(),
        result.messagesPerSecond(),
        result.fields().get("cpu_micros_per_message"),
        result.receiveMillis(99));
    return result;
  }
}
