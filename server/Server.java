///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25
//CDS
//JAVA_OPTIONS -Xlog:disable -Xlog:all=error:stderr
//JAVA_OPTIONS -XX:+UseCompactObjectHeaders -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=30
//JAVA_OPTIONS -XX:G1PeriodicGCInterval=60000
//SOURCES package-info.java
//SOURCES ../migrate/command/Launch.java
//DEPS info.picocli:picocli:4.7.7
package server;

import ch.qos.logback.classic.Level;
import fixtures.urls.Settings;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import migrate.command.Launch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import server.operations.Databases;
import server.operations.Logging;
import server.operations.Node;
import server.operations.ServerSettings;

/// `server@catalog`: the messaging API.
@Command(
    name = "server",
    mixinStandardHelpOptions = false,
    usageHelpWidth = 100,
    description = {
      "Serves the messaging API: HTTP under /api/v1, WebSocket at /ws, a readable page at /docs.",
      "Without URLs, in development, it starts PostgreSQL and Redis by itself (data under .vyry/)."
    },
    footer = {
      "",
      "Settings come from .env, .env.<VYRY_ENV>, the environment, and flags; the later wins.",
      "",
      "Examples:",
      "  ./jbang server@catalog",
      "  ./jbang server@catalog --port 0 --postgres-url postgres://me@localhost/vyry",
      "  VYRY_ENV=production ./jbang server@catalog --print-config",
      "",
      "Exit codes: 0 stopped; 1 the schema is not this server's; 2 a setting is wrong or missing,"
          + " or",
      "the port is in use; 3 a database does not answer."
    })
public final class Server implements Callable<Integer> {
  @Option(names = "--port", paramLabel = "N", description = "Port, 0: a free one (SERVER_PORT).")
  private String port;

  @Option(names = "--host", paramLabel = "H", description = "Where to listen (SERVER_HOST).")
  private String host;

  @Option(names = "--postgres-url", paramLabel = "URL", description = "PostgreSQL (POSTGRES_URL).")
  private String postgresUrl;

  @Option(names = "--redis-url", paramLabel = "URL", description = "Redis or Cluster (REDIS_URL).")
  private String redisUrl;

  @Option(names = "--scylladb-url", paramLabel = "URL", description = "Messages (SCYLLADB_URL).")
  private String scylladbUrl;

  @Option(names = "--print-config", description = "Print all settings and their origin, and exit.")
  private boolean printConfig;

  @Option(names = "--help", usageHelp = true, description = "Show this page.")
  private boolean help;

  public static void main(String[] arguments) {
    System.exit(Launch.run(new Server(), arguments));
  }

  @Override
  public Integer call() throws InterruptedException {
    Settings settings = Settings.ofThisProcess(ServerSettings.defaults(), flags());
    Logging.configure(
        settings.production() ? Logging.Form.JSON : Logging.Form.READABLE,
        Level.toLevel(settings.get("LOG_LEVEL", "INFO"), Level.INFO));
    settings.warnings().forEach(System.err::println);
    if (printConfig) {
      settings.describe().forEach(System.out::println);
      return 0;
    }
    ServerSettings server = ServerSettings.of(settings);
    var stop = new CountDownLatch(1);
    var stopped = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> await(stop, stopped)));
    try (Databases databases = Databases.of(server, settings);
        Node node = Node.start(server, databases.postgres(), databases.redis())) {
      System.out.println("listening on http://" + server.host() + ":" + node.port());
      stop.await();
    } finally {
      stopped.countDown();
    }
    return 0;
  }

  /// On Ctrl-C or SIGTERM: lets the main thread stop the node, and the engines after it.
  private static void await(CountDownLatch stop, CountDownLatch stopped) {
    stop.countDown();
    try {
      stopped.await();
    } catch (InterruptedException _) {
      // the JVM is going down
    }
  }

  private Map<String, String> flags() {
    Map<String, String> flags = new HashMap<>();
    flags.put("SERVER_PORT", port);
    flags.put("SERVER_HOST", host);
    flags.put(Settings.POSTGRES_URL, postgresUrl);
    flags.put(Settings.REDIS_URL, redisUrl);
    flags.put(Settings.SCYLLADB_URL, scylladbUrl);
    flags.values().removeIf(value -> value == null);
    return flags;
  }
}
