package bench.compare;

import bench.bare.JdbcTwin;
import bench.client.Encoding;
import bench.cluster.Cluster;
import bench.cluster.ClusterOptions;
import bench.load.LoadOptions;
import bench.load.LoadOptions.Profile;
import bench.load.LoadOptions.Store;
import bench.load.LoadResult;
import bench.load.LoadRun;
import bench.load.LoadSession;
import bench.load.Verdict;
import fixtures.urls.PostgresUrl;
import fixtures.urls.Settings;
import fixtures.urls.UserError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// The bounds that the project set itself, each measured beside its twin in one run.
public final class Targets {
  private static final int WARMUP_SECONDS = 20; // a cold JVM costs three times as much
  private static final int RUN_IN_SECONDS = 2;
  private static final int WRITERS = 2; // as the server's committers
  private static final int MOST_AT_ONCE = 1024; // waiting messages of a batch

  /// A target of the list.
  private interface Target {
    List<Line> measure(Targets targets) throws Exception;
  }

  private static final Map<String, Target> ALL = new LinkedHashMap<>();

  static {
    ALL.put("one-to-one", Targets::oneToOne);
    ALL.put("fan-out", Targets::fanOut);
    ALL.put("latency", Targets::latency);
    ALL.put("low-rate", Targets::lowRate);
    ALL.put("stalled", Targets::stalled);
  }

  private final int seconds;
  private final Consumer<String> progress;

  /// @param seconds of each measurement
  /// @param progress hears what is being done
  public Targets(int seconds, Consumer<String> progress) {
    this.seconds = seconds;
    this.progress = progress;
  }

  /// What can be asked for.
  public static List<String> names() {
    return List.copyOf(ALL.keySet());
  }

  /// Measures these, one after the other.
  ///
  /// @param names of [#names]
  public void run(List<String> names, Consumer<Line> found) throws Exception {
    for (String name : names) {
      Target target = ALL.get(name);
      if (target == null) {
        throw new UserError("there is no target '" + name + "': " + String.join(", ", names()));
      }
      progress.accept(name);
      target.measure(this).forEach(found);
    }
  }

  static LoadOptions options(Profile profile, double rate) {
    return new LoadOptions(
        Store.POSTGRES, profile, rate, false, 0, 0, 1, 256, Encoding.JSON, 200, 10, 8, 16, 50, 0,
        0, 1, 1);
  }

  private LoadResult believed(LoadResult result) {
    Verdict verdict = result.verdict();
    progress.accept(
        "  %s: %s; %.0f messages/s, %s"
            .formatted(
                verdict.kind(),
                verdict.reason(),
                result.messagesPerSecond(),
                result.fields().get("cpu_micros_per_message")));
    return result;
  }

  /// Messages for each second of CPU, and what of it PostgreSQL takes beside a bare program.
  private List<Line> oneToOne() throws Exception {
    var options = options(Profile.ONE_TO_ONE, 0);
    try (var cluster = Cluster.start(LoadRun.cluster(options));
        var session = LoadSession.open(cluster, options, 0);
        var twin = twin(cluster)) {
      var warm = believed(session.measure(WARMUP_SECONDS, RUN_IN_SECONDS));
      int batch = Math.clamp(Math.round(warm.messagesPerBatch()), 1, MOST_AT_ONCE);
      progress.accept("  batches of " + batch);
      var cpu = new PostgresCpu(cluster, twin);
      var turns =
          Turns.of(
              () -> believed(session.measure(RUN_IN_SECONDS, seconds)),
              () -> cpu.perMessage(twin.flatOut(batch, RUN_IN_SECONDS, seconds)));
      return List.of(
          Line.alone(
              "one-to-one",
              "messages/s per core",
              turns.ours(LoadResult::messagesPerCoreSecond),
              ">= 13000"),
          Line.ratio(
              "one-to-one",
              "PostgreSQL CPU, µs/message, beside bare JDBC of the same batch",
              turns.ours(result -> result.micros("postgres")),
              turns.others(micros -> micros),
              "<= 1.5"));
    }
  }

  private JdbcTwin twin(Cluster cluster) {
    return new JdbcTwin(PostgresUrl.parse(cluster.postgres().url()), WRITERS, 256);
  }

  /// Groups of ten beside a server that hands frames on and does nothing else.
  private List<Line> fanOut() throws Exception {
    var options = options(Profile.GROUPS, 0);
    var bareOptions = options(Profile.BARE_GROUPS, 0);
    try (var cluster = Cluster.start(LoadRun.cluster(options));
        var session = LoadSession.open(cluster, options, 0);
        var bare = Cluster.start(bare(cluster));
        var bareSession = LoadSession.open(bare, bareOptions, 0)) {
      believed(session.measure(WARMUP_SECONDS, RUN_IN_SECONDS));
      believed(bareSession.measure(WARMUP_SECONDS / 2, RUN_IN_SECONDS));
      var turns =
          Turns.of(
              () -> believed(session.measure(RUN_IN_SECONDS, seconds)),
              () -> believed(bareSession.measure(RUN_IN_SECONDS, seconds)));
      double ours = turns.ours(LoadResult::deliveriesPerServerCoreSecond);
      return List.of(
          Line.alone("fan-out", "deliveries/s per core of the server", ours, ">= 70000"),
          Line.ratio(
              "fan-out",
              "the same beside bare Jetty",
              ours,
              turns.others(LoadResult::deliveriesPerServerCoreSecond),
              ">= 0.7"));
    }
  }

  /// A bare server on the databases of `cluster`, which it does not use.
  static ClusterOptions bare(Cluster cluster) {
    return ClusterOptions.of(1)
        .withMainClass("bench.bare.BareServer")
        .withUrl(Settings.POSTGRES_URL, cluster.postgres().url())
        .withUrl(Settings.REDIS_URL, cluster.redis().url());
  }

  /// At half of what it can, open loop: beside the commits of a bare program at that rate.
  private List<Line> latency() throws Exception {
    var flatOut = options(Profile.ONE_TO_ONE, 0);
    try (var cluster = Cluster.start(LoadRun.cluster(flatOut))) {
      double rate;
      try (var session = LoadSession.open(cluster, flatOut, 0)) {
        believed(session.measure(WARMUP_SECONDS, RUN_IN_SECONDS));
        rate = believed(session.measure(RUN_IN_SECONDS, seconds)).messagesPerSecond() / 2;
      }
      return besideCommits("latency", cluster, rate, MOST_AT_ONCE, "<= 3");
    }
  }

  private List<Line> besideCommits(
      String target, Cluster cluster, double rate, int mostAtOnce, String bound)
      throws Exception {
    var options = options(Profile.ONE_TO_ONE, rate);
    try (var session = LoadSession.open(cluster, options, options.sockets());
        var twin = twin(cluster)) {
      believed(session.measure(RUN_IN_SECONDS, RUN_IN_SECONDS));
      var turns =
          Turns.of(
              () -> believed(session.measure(RUN_IN_SECONDS, seconds)),
              () -> twin.atRate(rate, mostAtOnce, RUN_IN_SECONDS, seconds));
      String at = " at %.0f messages/s".formatted(rate);
      return List.of(
          Line.ratio(
              target,
              "send to receive, p99 ms, beside bare commits" + at,
              turns.ours(result -> result.receiveMillis(99)),
              turns.others(written -> written.latency().getValueAtPercentile(99) / 1e6),
              bound),
          Line.alone(
              target,
              "send to receive, p99.9 ms (no bound)" + at,
              turns.ours(result -> result.receiveMillis(99.9)),
              "<= 1e9"));
    }
  }

  /// A thousand messages a second: beside one commit each and one echo of a socket.
  private List<Line> lowRate() throws Exception {
    double rate = 1000;
    var options = options(Profile.ONE_TO_ONE, rate);
    var warmOptions = options(Profile.ONE_TO_ONE, 0);
    var echoOptions = options(Profile.BARE_GROUPS, rate).withGroupSize(2);
    try (var cluster = Cluster.start(LoadRun.cluster(options))) {
      try (var warm = LoadSession.open(cluster, warmOptions, options.sockets())) {
        believed(warm.measure(WARMUP_SECONDS, RUN_IN_SECONDS));
      }
      try (var session = LoadSession.open(cluster, options, 0);
          var bare = Cluster.start(bare(cluster));
          var echo = LoadSession.open(bare, echoOptions, 0);
          var twin = twin(cluster)) {
        believed(session.measure(WARMUP_SECONDS / 2, RUN_IN_SECONDS));
        believed(echo.measure(WARMUP_SECONDS / 2, RUN_IN_SECONDS));
        var turns =
            Turns.of(
                () -> believed(session.measure(RUN_IN_SECONDS, seconds)),
                () ->
                    new CommitAndEcho(
                        twin.atRate(rate, 1, RUN_IN_SECONDS, seconds),
                        believed(echo.measure(RUN_IN_SECONDS, seconds))));
        return List.of(
            Line.alone(
                "low-rate",
                "all CPU, µs/message, at 1,000 messages/s",
                turns.ours(LoadResult::microsPerMessage),
                "<= 690"),
            Line.ratio(
                "low-rate",
                "send to receive, p50 ms, beside commit + echo",
                turns.ours(result -> result.receiveMillis(50)),
                turns.others(both -> both.millis(50)),
                "<= 1.5"),
            Line.ratio(
                "low-rate",
                "send to receive, p99 ms, beside commit + echo",
                turns.ours(result -> result.receiveMillis(99)),
                turns.others(both -> both.millis(99)),
                "<= 1.5"));
      }
    }
  }

  /// A bare commit and a bare echo, at the same rate, one after the other; their percentiles added.
  private record CommitAndEcho(JdbcTwin.Written commit, LoadResult echo) {
    double millis(double percentile) {
      return commit.latency().getValueAtPercentile(percentile) / 1e6
          + echo.receiveMillis(percentile);
    }
  }

  /// One in a hundred stops reading: what the others feel of it.
  private List<Line> stalled() throws Exception {
    double rate = 2000;
    var options = options(Profile.GROUPS, rate);
    try (var cluster = Cluster.start(LoadRun.cluster(options));
        var without = LoadSession.open(cluster, options, 0);
        var with = LoadSession.open(cluster, options.withStalled(0.01), options.sockets())) {
      believed(without.measure(WARMUP_SECONDS, RUN_IN_SECONDS));
      var turns =
          Turns.of(
              () -> believed(with.measure(RUN_IN_SECONDS, seconds)),
              () -> believed(without.measure(RUN_IN_SECONDS, seconds)));
      return List.of(
          Line.ratio(
              "stalled",
              "the others' send to receive, p99 ms, with 1 % stalled",
              turns.ours(result -> result.receiveMillis(99)),
              turns.others(result -> result.receiveMillis(99)),
              "<= 1.1"),
          Line.alone(
              "stalled",
              "lost, of stalled readers too",
              turns.ours(result -> result.outcome().lost()),
              "<= 0"));
    }
  }
}
