package bench.compare;

import bench.bare.JdbcTwin;
import bench.baseline.OldPath;
import bench.cluster.Cluster;
import bench.load.Flames;
import bench.load.LoadOptions.Profile;
import bench.load.LoadResult;
import bench.load.LoadRun;
import bench.load.LoadSession;
import bench.load.Rig;
import fixtures.urls.PostgresUrl;
import java.util.List;

/// Messages over sockets, stored in PostgreSQL.
final class SocketTargets {
  private static final int WRITERS = 2; // as the server's committers
  private static final int OLD_SENDERS = 16; // connections, as a pool of the old server's
  private static final int MOST_AT_ONCE = 1024; // waiting messages of a batch

  private SocketTargets() {}

  /// Messages for each second of CPU, and what of it PostgreSQL takes beside a bare program.
  static List<Line> oneToOne(Measuring m) throws Exception {
    var options = Measuring.options(Profile.ONE_TO_ONE, 0);
    try (var cluster = Cluster.start(LoadRun.cluster(options));
        var session = LoadSession.open(cluster, options, 0);
        var twin = twin(cluster)) {
      var warm = m.told(session.measure(Measuring.WARMUP_SECONDS, Measuring.RUN_IN_SECONDS));
      int batch = Math.clamp(Math.round(warm.messagesPerBatch()), 1, MOST_AT_ONCE);
      m.say("batches of %d", batch);
      var cpu = new PostgresCpu(cluster, twin);
      var turns =
          Turns.of(
              () -> m.told(session.measure(Measuring.RUN_IN_SECONDS, m.seconds())),
              () -> cpu.perMessage(twin.flatOut(batch, Measuring.RUN_IN_SECONDS, m.seconds())));
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

  private static JdbcTwin twin(Cluster cluster) {
    return new JdbcTwin(
        PostgresUrl.parse(cluster.postgres().url()), WRITERS, Measuring.PAYLOAD_BYTES);
  }

  /// Groups of ten beside a server that hands frames on and does nothing else.
  static List<Line> fanOut(Measuring m) throws Exception {
    var options = Measuring.options(Profile.GROUPS, 0);
    try (var cluster = Cluster.start(LoadRun.cluster(options));
        var session = LoadSession.open(cluster, options, 0);
        var bare = Cluster.start(Rig.echo(cluster))) {
      m.told(session.measure(Measuring.WARMUP_SECONDS, Measuring.RUN_IN_SECONDS));
      double rate =
          m.told(session.measure(Measuring.RUN_IN_SECONDS, m.seconds())).messagesPerSecond();
      double flatOut;
      try (var bareSession = LoadSession.open(bare, Measuring.options(Profile.BARE_GROUPS, 0), 0)) {
        flatOut =
            m.told(bareSession.measure(Measuring.WARMUP_SECONDS, m.seconds()))
                .deliveriesPerServerCoreSecond();
      }
      try (var bareSession =
          LoadSession.open(bare, Measuring.options(Profile.BARE_GROUPS, rate), 0)) {
        m.told(bareSession.measure(Measuring.RUN_IN_SECONDS, Measuring.RUN_IN_SECONDS));
        var turns =
            Turns.of(
                () -> m.told(session.measure(Measuring.RUN_IN_SECONDS, m.seconds())),
                () -> m.told(bareSession.measure(Measuring.RUN_IN_SECONDS, m.seconds())));
        double ours = turns.ours(LoadResult::deliveriesPerServerCoreSecond);
        m.draw(cluster, "groups", () -> session.measure(1, Flames.SECONDS));
        m.draw(bare, "bare-groups", () -> bareSession.measure(1, Flames.SECONDS));
        return List.of(
            Line.alone("fan-out", "deliveries/s per core of the server", ours, ">= 70000"),
            Line.ratio(
                "fan-out",
                "the same beside bare Jetty at the same rate",
                ours,
                turns.others(LoadResult::deliveriesPerServerCoreSecond),
                ">= 0.7"),
            Line.ratio(
                "fan-out",
                "the same beside bare Jetty flat out (no bound)",
                ours,
                flatOut,
                ">= 0"));
      }
    }
  }

  /// At half of what it can, open loop: beside the commits of a bare program at that rate.
  static List<Line> latency(Measuring m) throws Exception {
    var flatOut = Measuring.options(Profile.ONE_TO_ONE, 0);
    try (var cluster = Cluster.start(LoadRun.cluster(flatOut))) {
      double rate;
      try (var session = LoadSession.open(cluster, flatOut, 0)) {
        m.told(session.measure(Measuring.WARMUP_SECONDS, Measuring.RUN_IN_SECONDS));
        rate =
            m.told(session.measure(Measuring.RUN_IN_SECONDS, m.seconds())).messagesPerSecond() / 2;
      }
      return besideCommits(m, "latency", cluster, rate, MOST_AT_ONCE, "<= 3");
    }
  }

  private static List<Line> besideCommits(
      Measuring m, String target, Cluster cluster, double rate, int mostAtOnce, String bound)
      throws Exception {
    var options = Measuring.options(Profile.ONE_TO_ONE, rate);
    try (var session = LoadSession.open(cluster, options, options.sockets());
        var twin = twin(cluster)) {
      m.told(session.measure(Measuring.RUN_IN_SECONDS, Measuring.RUN_IN_SECONDS));
      var turns =
          Turns.of(
              () -> m.told(session.measure(Measuring.RUN_IN_SECONDS, m.seconds())),
              () -> twin.atRate(rate, mostAtOnce, Measuring.RUN_IN_SECONDS, m.seconds()));
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
  static List<Line> lowRate(Measuring m) throws Exception {
    double rate = 1000;
    var options = Measuring.options(Profile.ONE_TO_ONE, rate);
    var warmOptions = Measuring.options(Profile.ONE_TO_ONE, 0);
    var echoOptions = Measuring.options(Profile.BARE_GROUPS, rate).withGroupSize(2);
    try (var cluster = Cluster.start(LoadRun.cluster(options))) {
      try (var warm = LoadSession.open(cluster, warmOptions, options.sockets())) {
        m.told(warm.measure(Measuring.WARMUP_SECONDS, Measuring.RUN_IN_SECONDS));
      }
      try (var session = LoadSession.open(cluster, options, 0);
          var bare = Cluster.start(Rig.echo(cluster));
          var echo = LoadSession.open(bare, echoOptions, 0);
          var twin = twin(cluster)) {
        m.told(session.measure(Measuring.WARMUP_SECONDS / 2, Measuring.RUN_IN_SECONDS));
        m.told(echo.measure(Measuring.WARMUP_SECONDS / 2, Measuring.RUN_IN_SECONDS));
        var cpu = new PostgresCpu(cluster, twin);
        var turns =
            Turns.of(
                () -> m.told(session.measure(Measuring.RUN_IN_SECONDS, m.seconds())),
                () -> {
                  var written = twin.atRate(rate, 1, Measuring.RUN_IN_SECONDS, m.seconds());
                  return new CommitAndEcho(
                      written,
                      cpu.perMessage(written),
                      m.told(echo.measure(Measuring.RUN_IN_SECONDS, m.seconds())));
                });
        return List.of(
            Line.alone(
                "low-rate",
                "all CPU, µs/message, at 1,000 messages/s",
                turns.ours(LoadResult::microsPerMessage),
                "<= 690"),
            Line.ratio(
                "low-rate",
                "the same beside commit (PostgreSQL alone) + echo (no bound)",
                turns.ours(LoadResult::microsPerMessage),
                turns.others(CommitAndEcho::micros),
                ">= 0"),
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
  ///
  /// @param commitMicros of PostgreSQL's CPU for a message
  private record CommitAndEcho(JdbcTwin.Written commit, double commitMicros, LoadResult echo) {
    double micros() {
      return commitMicros + echo.microsPerMessage();
    }

    double millis(double percentile) {
      return commit.latency().getValueAtPercentile(percentile) / 1e6
          + echo.receiveMillis(percentile);
    }
  }

  /// One in a hundred stops reading: what the others feel of it.
  static List<Line> stalled(Measuring m) throws Exception {
    double rate = 2000;
    var options = Measuring.options(Profile.GROUPS, rate);
    try (var cluster = Cluster.start(LoadRun.cluster(options));
        var without = LoadSession.open(cluster, options, 0);
        var with = LoadSession.open(cluster, options.withStalled(0.01), options.sockets())) {
      m.told(without.measure(Measuring.WARMUP_SECONDS, Measuring.RUN_IN_SECONDS));
      var turns =
          Turns.of(
              () -> m.told(with.measure(Measuring.RUN_IN_SECONDS, m.seconds())),
              () -> m.told(without.measure(Measuring.RUN_IN_SECONDS, m.seconds())));
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

  /// The whole of ours beside PostgreSQL's part alone of the old path.
  static List<Line> baseline(Measuring m) throws Exception {
    var options = Measuring.options(Profile.ONE_TO_ONE, 0);
    try (var cluster = Cluster.start(LoadRun.cluster(options));
        var session = LoadSession.open(cluster, options, 0);
        var old =
            new OldPath(PostgresUrl.parse(cluster.postgres().url()), Measuring.PAYLOAD_BYTES)) {
      m.told(session.measure(Measuring.WARMUP_SECONDS, Measuring.RUN_IN_SECONDS));
      long[] cpu = new long[2];
      var turns =
          Turns.of(
              () -> m.told(session.measure(Measuring.RUN_IN_SECONDS, m.seconds())),
              () -> {
                var written =
                    old.flatOut(
                        OLD_SENDERS,
                        1,
                        Measuring.RUN_IN_SECONDS,
                        m.seconds(),
                        () -> cpu[0] = cluster.postgres().cpuNanos(),
                        () -> cpu[1] = cluster.postgres().cpuNanos());
                double micros = (cpu[1] - cpu[0]) / 1e3 / written.messages();
                m.say("old path: %.0f messages/s, %.1f µs", written.rate(), micros);
                return micros;
              });
      return List.of(
          Line.ratio(
              "baseline",
              "PostgreSQL CPU, µs/message, beside the old path's",
              turns.ours(result -> result.micros("postgres")),
              turns.others(micros -> micros),
              "<= 0.5"));
    }
  }
}
