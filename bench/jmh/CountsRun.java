package bench.jmh;

import bench.client.Encoding;
import bench.cluster.Cluster;
import bench.cluster.ClusterOptions;
import bench.load.Counted;
import bench.load.LoadOptions;
import bench.load.LoadSession;
import bench.load.Pace;
import bench.load.Trouble;
import bench.results.Environment;
import bench.results.Progress;
import fixtures.urls.EnvironmentError;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/// What a message costs in counts, which a busy machine does not change: bytes allocated by each
/// depth, statements of PostgreSQL, commands of Redis. `bench/counts.json` has what it costs today;
/// what costs more is a regression.
///
/// Messages come one by one at a fixed pace, slow enough that none shares a statement with another
/// on any machine.
public final class CountsRun {
  /// The file of results in a run's folder.
  public static final String FILE = "counts.json";

  private static final String COMPILER = "-XX:TieredStopAtLevel=1"; // see [Allocations]
  private static final int TIMES = 2;
  private static final int SECONDS = 2; // of each
  private static final int RUN_IN_SECONDS = 1;
  private static final int SERVERS = 2; // a message goes from one to the other
  private static final int RATE = 20;

  private CountsRun() {}

  private static LoadOptions options() {
    return new LoadOptions(
        LoadOptions.Store.POSTGRES,
        LoadOptions.Profile.ONE_TO_ONE,
        RATE,
        false,
        0,
        SECONDS,
        SERVERS,
        256,
        Encoding.JSON,
        20,
        2,
        1,
        1, // each message is acknowledged
        50,
        Trouble.NONE,
        1,
        1);
  }

  /// Counts, and writes [#FILE] into `folder`.
  ///
  /// @return the counts by name
  /// @throws EnvironmentError when a database or a server does not start
  public static Map<String, double[]> run(Path folder, Progress progress)
      throws IOException, InterruptedException {
    Map<String, double[]> counts = new LinkedHashMap<>();
    Map<String, String> engines;
    progress.say("starting databases and a server");
    var wanted =
        ClusterOptions.of(SERVERS).withSetting("LOG_LEVEL", "WARN").withJavaOption(COMPILER);
    try (var cluster = Cluster.start(wanted);
        var counted = Counted.on(cluster)) {
      engines = counted.engines();
      counts.putAll(allocations(cluster, folder));
      try (var session = LoadSession.open(cluster, options(), 0)) {
        session.measure(Pace.at(RATE, false), RUN_IN_SECONDS, 1, _ -> {});
        for (int i = 0; i < TIMES; i++) {
          progress.at("counting", i, TIMES, "");
          // On a busy machine some messages share a statement: the most is what one takes alone.
          counted
              .during(() -> session.measure(Pace.at(RATE, false), 0, SECONDS, _ -> {}))
              .forEach((name, value) ->
                  counts.merge(
                      name, new double[] {value}, (one, other) -> one[0] > other[0] ? one : other));
        }
      }
    } finally {
      progress.close();
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("counts", counts);
    all.put("environment", Environment.now(engines));
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve(FILE),
        new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n");
    return counts;
  }

  /// A line for each.
  public static String table(Map<String, double[]> counts) {
    return counts.entrySet().stream()
        .map(count -> "%-52s %s".formatted(count.getKey(), Arrays.toString(count.getValue())))
        .collect(Collectors.joining("\n"));
  }

  private static Map<String, double[]> allocations(Cluster cluster, Path folder)
      throws IOException, InterruptedException {
    Files.createDirectories(folder);
    Path urls = Files.createTempFile("vyry-counts", ".properties"); // only its owner can read it
    urls.toFile().deleteOnExit(); // when this process is told to end
    try {
      new EngineUrls(cluster.postgres().url(), cluster.redis().url(), null, List.of()).write(urls);
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(Cluster.jvmOptions());
      command.addAll(
          List.of(
              COMPILER,
              "-D" + EngineUrls.PROPERTY + "=" + urls,
              "-cp",
              Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                  .map(entry -> Path.of(entry).toAbsolutePath().toString())
                  .collect(Collectors.joining(File.pathSeparator)),
              Allocations.class.getName()));
      Path log = folder.resolve("counts.log");
      var fork = new ProcessBuilder(command).redirectError(log.toFile()).start();
      String said = new String(fork.getInputStream().readAllBytes(), "UTF-8");
      if (fork.waitFor() != 0) {
        throw new EnvironmentError("the count of bytes failed: see " + log);
      }
      Files.delete(log);
      Map<String, double[]> bytes = new LinkedHashMap<>();
      new JsonMapper()
          .readTree(said)
          .properties()
          .forEach(one ->
              bytes.put(
                  one.getKey(),
                  one.getValue().valueStream().mapToDouble(v -> v.asDouble()).toArray()));
      return bytes;
    } finally {
      Files.deleteIfExists(urls);
    }
  }
}
