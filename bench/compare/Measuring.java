package bench.compare;

import bench.cluster.Cluster;
import bench.load.Flames;
import bench.load.LoadOptions;
import bench.load.LoadOptions.Profile;
import bench.load.LoadOptions.Store;
import bench.load.LoadResult;
import bench.load.Verdict;
import java.util.function.Consumer;

/// What all targets share.
///
/// @param seconds of each measurement
/// @param flames null: not wanted
/// @param progress hears what is being done, and each measurement
record Measuring(int seconds, Flames flames, Consumer<String> progress) {
  static final int WARMUP_SECONDS = 20; // a cold JVM costs three times as much
  static final int RUN_IN_SECONDS = 2;
  static final int PAYLOAD_BYTES = 256;

  /// Two hundred sockets, one server.
  static LoadOptions options(Store store, Profile profile, double rate) {
    return LoadOptions.standard(store, profile, rate);
  }

  static LoadOptions options(Profile profile, double rate) {
    return options(Store.POSTGRES, profile, rate);
  }

  /// Draws what the servers do meanwhile, when that is wanted; it is not measured.
  void draw(Cluster cluster, String name, Flames.Work<Exception> work) throws Exception {
    if (flames != null) {
      flames.during(cluster, name, work).forEach((of, layers) -> say("%s: %s", of, layers));
    }
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
