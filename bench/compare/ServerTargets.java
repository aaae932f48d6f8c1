package bench.compare;

import bench.cluster.Cluster;
import bench.cluster.ClusterOptions;
import bench.load.HttpLoad;
import bench.load.IdleSockets;
import bench.load.Rig;
import bench.load.Statements;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// What the server costs beside the messages on sockets.
final class ServerTargets {
  private static final int HTTP_CONNECTIONS = 64;
  private static final int HTTP_WARMUP_SECONDS = 60; // much code: C2 is at it for a minute
  private static final int SOCKETS = 10_000;
  private static final int GROUP = 10;
  private static final int IDLE_TURNS = 3;
  private static final int QUIET_SECONDS = 5; // what the setting up left behind is written

  private ServerTargets() {}

  private static ClusterOptions standard() {
    return ClusterOptions.of(1).withSetting("LOG_LEVEL", "WARN");
  }

  /// A send by HTTP beside Javalin giving the body back; the database is not counted.
  static List<Line> http(Measuring m) throws Exception {
    try (var cluster = Cluster.start(standard());
        var bare = Cluster.start(Rig.echo(cluster))) {
      httpMicros(m, cluster, false, HTTP_WARMUP_SECONDS);
      httpMicros(m, bare, true, HTTP_WARMUP_SECONDS);
      var turns =
          Turns.of(
              () -> httpMicros(m, cluster, false, Measuring.RUN_IN_SECONDS),
              () -> httpMicros(m, bare, true, Measuring.RUN_IN_SECONDS));
      m.draw(cluster, "http", () -> httpMicros(m, cluster, false, Measuring.RUN_IN_SECONDS));
      m.draw(bare, "bare-http", () -> httpMicros(m, bare, true, Measuring.RUN_IN_SECONDS));
      return List.of(
          Line.ratio(
              "http",
              "server CPU, µs/send, beside a bare Javalin echo",
              turns.ours(micros -> micros),
              turns.others(micros -> micros),
              "<= 2"));
    }
  }

  private static double httpMicros(Measuring m, Cluster cluster, boolean bare, int runInSeconds)
      throws Exception {
    try (var load = HttpLoad.start(cluster, HTTP_CONNECTIONS, Measuring.PAYLOAD_BYTES, bare, 0)) {
      double micros = load.serverMicros(runInSeconds, m.seconds());
      m.say("%s: %.1f µs of the server", bare ? "bare echo" : "send", micros);
      return micros;
    }
  }

  /// What a socket costs that says nothing: resident memory, garbage collected before and after.
  /// The first time there is the JVM's own warming up in it (code, classes, the compiler's memory).
  static List<Line> idle(Measuring m) throws Exception {
    try (var cluster = Cluster.start(standard());
        var sockets = IdleSockets.of(cluster, SOCKETS, GROUP, 0)) {
      double first = kilobytesEach(m, sockets);
      double again = 0;
      for (int i = 0; i < IDLE_TURNS; i++) {
        again += kilobytesEach(m, sockets) / IDLE_TURNS;
      }
      return List.of(
          Line.alone(
              "idle", "server RSS, KB for each of 10,000 idle sockets, warm", again, "<= 20"),
          Line.alone(
              "idle", "the same the first time, JVM warm-up in it (no bound)", first, "<= 1e9"));
    }
  }

  private static double kilobytesEach(Measuring m, IdleSockets sockets) throws Exception {
    long before = sockets.serverBytes();
    sockets.open();
    long after = sockets.serverBytes();
    m.say("%d MB, then %d MB", before >> 20, after >> 20);
    sockets.cut();
    TimeUnit.SECONDS.sleep(QUIET_SECONDS);
    return (after - before) / 1e3 / SOCKETS;
  }

  /// All sockets break and come back at once: what PostgreSQL is asked.
  static List<Line> storm(Measuring m) throws Exception {
    try (var cluster = Cluster.start(standard());
        var statements = Statements.of(cluster);
        var sockets = IdleSockets.of(cluster, SOCKETS, GROUP, 0)) {
      sockets.open();
      sockets.cut();
      TimeUnit.SECONDS.sleep(QUIET_SECONDS);
      statements.reset();
      long start = System.nanoTime();
      int messages = sockets.open();
      double seconds = (System.nanoTime() - start) / 1e9;
      long count = statements.count();
      m.say("%d sockets back after %.1f s, with %d messages", SOCKETS, seconds, messages);
      statements.which().forEach(line -> m.say("%s", line));
      return List.of(
          Line.alone("storm", "statements while 10,000 sockets come back", count, "<= 1000"));
    }
  }
}
