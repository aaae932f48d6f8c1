package server.testing;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.EmbeddedRedis;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.PostgresUrl;
import fixtures.urls.RedisUrl;
import fixtures.urls.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import migrate.schema.Schema;
import org.jooq.CloseableDSLContext;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/// A migrated, empty PostgreSQL database and an empty Redis for one test class, on embedded
/// engines.
///
/// `TestEngines.fresh()` takes some 0.2 s, the first one of a process 1 to 2 s more. PostgreSQL is
/// one for the process, with a database for each `fresh()`; a Redis is started for each, so that
/// neither keys nor channels are shared. The engines are **not durable** (fsync is off), for speed:
/// a test of durability starts its own. Two test processes on one machine do not share anything.
/// Thread-safe.
public final class TestEngines implements AutoCloseable {
  private static final String TEMPLATE = "vyry_template";

  /// Logins at once, with a store's connection for each, and some to spare.
  private static final int POOL_SIZE = 16;

  private static final int STATEMENT_TIMEOUT_MILLIS = 5_000; // as in the server
  private static final AtomicInteger REDIS_FOLDERS = new AtomicInteger();

  private final String database = "t_" + UUID.randomUUID().toString().replace("-", "");
  private final List<AutoCloseable> closing = new ArrayList<>(); // guarded by this
  private final PostgresUrl postgres;
  private final Engine redis;
  private HikariDataSource dataSource; // guarded by this

  private TestEngines() {
    Shared.admin("CREATE DATABASE " + database + " TEMPLATE " + TEMPLATE);
    this.postgres = Shared.url(database);
    Home home = Shared.HOME;
    var folder = home.data().resolve("redis-" + REDIS_FOLDERS.getAndIncrement());
    this.redis = EmbeddedRedis.start(home.withData(folder), EngineOptions.standard());
  }

  /// A new database and a new Redis. Close it after the class's tests.
  public static TestEngines fresh() {
    return new TestEngines();
  }

  /// A Redis Cluster of its own, for a test that needs one. The caller closes it.
  public static Engine redisCluster(int masters) {
    Home home = Shared.HOME;
    var folder = home.data().resolve("cluster-" + REDIS_FOLDERS.getAndIncrement());
    return EmbeddedRedis.startCluster(home.withData(folder), masters);
  }

  /// The migrated database.
  public PostgresUrl postgres() {
    return postgres;
  }

  /// The Redis.
  public RedisUrl redis() {
    return RedisUrl.parse(redis.url());
  }

  /// A way to the same Redis that can be cut and stalled. Closed with this.
  public synchronized TestProxy redisProxy() {
    return opened(TestProxy.to(redis().hosts().getFirst()));
  }

  /// A way to the same PostgreSQL that can be cut and stalled. Closed with this.
  public synchronized TestProxy postgresProxy() {
    return opened(TestProxy.to(postgres.hosts().getFirst()));
  }

  /// The URL of the Redis by way of `proxy`.
  public RedisUrl redisBy(TestProxy proxy) {
    return RedisUrl.parse(swap(redis.url(), redis().hosts().getFirst().port(), proxy.port()));
  }

  /// The URL of the database by way of `proxy`.
  public PostgresUrl postgresBy(TestProxy proxy) {
    return PostgresUrl.parse(
        swap(postgres.text(), postgres.hosts().getFirst().port(), proxy.port()));
  }

  private static String swap(String url, int port, int other) {
    return url.replace(":" + port, ":" + other);
  }

  /// A pool of this database; the same one each time.
  public synchronized HikariDataSource dataSource() {
    if (dataSource == null) {
      dataSource = opened(pool(postgres));
    }
    return dataSource;
  }

  /// jOOQ on [#dataSource].
  public DSLContext dsl() {
    return DSL.using(dataSource(), SQLDialect.POSTGRES);
  }

  /// A pool of any database, with the server's statement timeout. The caller closes it.
  public static HikariDataSource pool(PostgresUrl url) {
    var config = new HikariConfig();
    config.setJdbcUrl(url.jdbcUrl());
    config.setUsername(url.user());
    config.setPassword(url.password());
    config.setMaximumPoolSize(POOL_SIZE);
    config.setMinimumIdle(0);
    config.setConnectionTimeout(STATEMENT_TIMEOUT_MILLIS);
    config.addDataSourceProperty("options", "-c statement_timeout=" + STATEMENT_TIMEOUT_MILLIS);
    return new HikariDataSource(config);
  }

  private <T extends AutoCloseable> T opened(T what) {
    closing.add(what);
    return what;
  }

  @Override
  public synchronized void close() {
    for (AutoCloseable what : closing.reversed()) {
      try {
        what.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    closing.clear();
    redis.close();
    Shared.admin("DROP DATABASE IF EXISTS " + database + " WITH (FORCE)");
  }

  /// What a process has once: a place on the disk, the PostgreSQL, and the migrated template.
  private static final class Shared {
    static final Home HOME = home();
    private static final Engine POSTGRES =
        EmbeddedPostgres.start(
            HOME, EngineOptions.standard().notDurable().with("max_connections", "200"));

    static {
      try (var admin = connect(PostgresUrl.parse(POSTGRES.url()))) {
        var leftOver =
            admin.fetch(
                "SELECT datname FROM pg_database WHERE datname ~ '^t_' OR datname = ?", TEMPLATE);
        leftOver.forEach(row -> admin.execute("DROP DATABASE " + row.get(0) + " WITH (FORCE)"));
        admin.execute("CREATE DATABASE " + TEMPLATE);
      }
      try (var template = connect(url(TEMPLATE))) {
        Schema.postgres().up(template);
      }
    }

    private static Home home() {
      Home standard = Home.of(Settings.ofThisProcess(Map.of(), Map.of()));
      return standard.withData(TestFolder.take(standard.data().resolveSibling("test")));
    }

    private static CloseableDSLContext connect(PostgresUrl url) {
      return DSL.using(url.jdbcUrl(), url.user(), url.password());
    }

    static PostgresUrl url(String database) {
      return PostgresUrl.parse(POSTGRES.url().replaceFirst("/[a-z]+$", "/" + database));
    }

    static synchronized void admin(String statement) { // two at once would disturb the template
      try (var admin = connect(PostgresUrl.parse(POSTGRES.url()))) {
        admin.execute(statement);
      }
    }
  }
}
