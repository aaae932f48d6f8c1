package bench.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import fixtures.container.Image;
import fixtures.engines.EmbeddedCassandra;
import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.EmbeddedRedis;
import fixtures.engines.Engine;
import fixtures.engines.Home;
import fixtures.engines.Ports;
import fixtures.urls.CqlUrl;
import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import fixtures.urls.Settings;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import migrate.schema.Schema;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/// A whole system on this machine: databases and servers, each in processes of its own, on free
/// ports of 127.0.0.1, in a scratch folder.
///
/// The servers run in development mode, from this process's class path, with the JVM options of
/// `server@catalog`. Nothing of it outlives this process, not even its `kill -9`. Needs Linux.
/// Thread-safe.
public final class Cluster implements AutoCloseable {
  private static final String SERVER_SCRIPT = "/server/Server.java";
  private static final String JVM_OPTIONS = "//" + "JAVA_OPTIONS ";

  private final List<AutoCloseable> opened = new ArrayList<>(); // guarded by itself
  private final Thread exitHook = Thread.ofPlatform().unstarted(this::end);
  private final Scratch scratch;
  private final ClusterOptions options;
  private final Home home;
  private volatile EnginePart postgres; // where it is now, as the next two
  private volatile EnginePart redis;
  private volatile EnginePart cql; // null for none
  private final List<ServerPart> servers = new ArrayList<>();

  private Cluster(ClusterOptions options) {
    this.options = options;
    Home programs = Home.of(Settings.ofThisProcess(Map.of(), Map.of()));
    scratch = opened(Scratch.below(programs.data().resolveSibling("cluster").toAbsolutePath()));
    Runtime.getRuntime().addShutdownHook(exitHook);
    home = programs.withData(scratch.folder());
    try {
      // Side by side, because each spends its time in processes of its own.
      var cqlStart =
          options.cql()
              ? async(() ->
                  engine(
                      options,
                      "cql",
                      Settings.SCYLLADB_URL,
                      () -> EmbeddedCassandra.start(home, options.engine())))
              : CompletableFuture.<EnginePart>completedFuture(null);
      var redisStart =
          async(() ->
              engine(
                  options,
                  "redis",
                  Settings.REDIS_URL,
                  () -> EmbeddedRedis.start(home, options.engine())));
      var postgresStart =
          async(() ->
              engine(
                  options,
                  "postgres",
                  Settings.POSTGRES_URL,
                  () -> EmbeddedPostgres.start(home, options.engine())));
      CompletableFuture.allOf(cqlStart, redisStart, postgresStart).handle((_, _) -> null).join();
      postgres = postgresStart.join();
      redis = redisStart.join();
      cql = cqlStart.join();
      migrate();
      for (int i = 1; i <= options.servers(); i++) {
        servers.add(opened(server(i, options)));
      }
      servers.forEach(ServerPart::launch);
      servers.forEach(server -> server.awaitReady(true));
    } catch (RuntimeException e) {
      close();
      throw e instanceof CompletionException && e.getCause() instanceof RuntimeException cause
          ? cause
          : e;
    }
  }

  /// Starts everything and returns when every server is ready.
  ///
  /// @throws EnvironmentError when a part does not start
  public static Cluster start(ClusterOptions options) {
    return new Cluster(options);
  }

  private static <T> CompletableFuture<T> async(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, task -> Thread.ofVirtual().start(task));
  }

  private EnginePart engine(
      ClusterOptions options, String name, String setting, Supplier<Engine> starter) {
    String url = options.urls().get(setting);
    if (url != null) {
      return opened(EnginePart.external(name, url));
    }
    return opened(
        options.containers() ? EnginePart.container(image(name)) : EnginePart.embedded(starter));
  }

  private static Image image(String name) {
    return switch (name) {
      case "postgres" -> Image.POSTGRES;
      case "redis" -> Image.REDIS;
      default -> Image.CQL;
    };
  }

  private void migrate() {
    var url = PostgresUrl.parse(postgres.url());
    try (var session = DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password())) {
      var dsl = DSL.using(session, SQLDialect.POSTGRES);
      if (!Schema.postgres().state(dsl).serves()) { // it may be a newer version's by now
        Schema.postgres().up(dsl);
      }
    } catch (SQLException e) {
      throw new EnvironmentError("PostgreSQL does not answer: " + e.getMessage(), e);
    }
    if (cql != null) {
      Schema.cql().up(CqlUrl.parse(cql.url()));
    }
  }

  private ServerPart server(int number, ClusterOptions options) {
    int port = Ports.any();
    List<String> command = new ArrayList<>();
    command.add("setsid"); // Ctrl-C in the terminal is for this process, which ends the servers
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions());
    command.addAll(options.javaOptions());
    command.addAll(List.of("-cp", classPath(), options.mainClass(), "--port", "" + port));
    Map<String, String> environment = new HashMap<>();
    environment.put(Settings.POSTGRES_URL, postgres.url());
    environment.put(Settings.REDIS_URL, redis.url());
    if (cql != null) {
      environment.put(Settings.SCYLLADB_URL, cql.url());
    }
    environment.putAll(options.environment());
    String name = "server-" + number;
    return new ServerPart(name, port, scratch.folder().resolve(name), command, environment);
  }

  /// What the script itself says: that is the one place where the options stand.
  public static List<String> jvmOptions() {
    try (var in = Cluster.class.getResourceAsStream(SERVER_SCRIPT)) {
      if (in == null) {
        throw new IllegalStateException(SERVER_SCRIPT + " is not on the class path: list it");
      }
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> line.startsWith(JVM_OPTIONS))
          .flatMap(line -> Arrays.stream(line.substring(JVM_OPTIONS.length()).strip().split(" +")))
          .toList();
    } catch (IOException e) {
      throw new EnvironmentError("cannot read " + SERVER_SCRIPT + ": " + e.getMessage(), e);
    }
  }

  /// Absolute, because the servers run in folders of their own.
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  public EnginePart postgres() {
    return postgres;
  }

  public EnginePart redis() {
    return redis;
  }

  /// One more PostgreSQL, empty, that nobody uses yet.
  public EnginePart anotherPostgres() {
    Home next = home.withData(scratch.folder().resolve("next"));
    return opened(EnginePart.embedded(() -> EmbeddedPostgres.start(next, options.engine())));
  }

  /// One more Redis, empty, that nobody uses yet.
  public EnginePart anotherRedis() {
    Home next = home.withData(scratch.folder().resolve("next"));
    return opened(EnginePart.embedded(() -> EmbeddedRedis.start(next, options.engine())));
  }

  /// One more CQL database, empty, that nobody uses yet.
  public EnginePart anotherCql() {
    Home next = home.withData(scratch.folder().resolve("next"));
    return opened(EnginePart.embedded(() -> EmbeddedCassandra.start(next, options.engine())));
  }

  /// The servers were moved to it.
  public void postgresIs(EnginePart now) {
    postgres = now;
  }

  /// As [#postgresIs].
  public void redisIs(EnginePart now) {
    redis = now;
  }

  /// As [#postgresIs], for messages.
  public void cqlIs(EnginePart now) {
    cql = now;
  }

  /// Where messages live, when not in PostgreSQL.
  public Optional<EnginePart> cql() {
    return Optional.ofNullable(cql);
  }

  /// In the order of their numbers.
  public List<ServerPart> servers() {
    return List.copyOf(servers);
  }

  /// All of them.
  public List<Part> parts() {
    return Stream.<Part>concat(
            Stream.of(postgres, redis, cql).filter(part -> part != null), servers.stream())
        .toList();
  }

  private <T extends AutoCloseable> T opened(T part) {
    synchronized (opened) {
      opened.add(part);
    }
    return part;
  }

  /// Ends all processes and deletes the folder.
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(exitHook);
    } catch (IllegalStateException _) {
      // This process is ending: the hook does it too, and finds it done.
    }
    end();
  }

  private void end() {
    List<AutoCloseable> left;
    synchronized (opened) {
      left = List.copyOf(opened).reversed();
      opened.clear();
    }
    RuntimeException failure = null;
    for (AutoCloseable part : left) {
      try {
        part.close();
      } catch (Exception e) {
        failure = failure == null ? new EnvironmentError("not ended: " + e, e) : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
