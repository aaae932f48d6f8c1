package bench.load;

import bench.cluster.Cluster;
import com.datastax.oss.driver.api.core.CqlSession;
import fixtures.urls.CqlUrl;
import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import io.lettuce.core.RedisClient;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import migrate.schema.CqlSessions;

/// What the databases say of themselves: versions, the settings on which durability rests, and how
/// much they were asked.
public final class Engines implements AutoCloseable {
  private static final String[] SETTINGS = {
    "server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers"
  };
  private static final String ASKED =
      "SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database"
          + " WHERE datname = current_database()";

  private final Cluster cluster;
  private final Connection postgres;
  private final RedisClient redisClient;

  public Engines(Cluster cluster) {
    this.cluster = cluster;
    var url = PostgresUrl.parse(cluster.postgres().url());
    try {
      postgres = DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password());
    } catch (SQLException e) {
      throw new EnvironmentError("PostgreSQL does not answer: " + e.getMessage(), e);
    }
    redisClient = RedisClient.create(cluster.redis().url());
  }

  /// Versions and settings, by name.
  public Map<String, String> described() {
    Map<String, String> said = new LinkedHashMap<>();
    for (String setting : SETTINGS) {
      said.put("postgres " + setting, ask("SHOW " + setting));
    }
    try (var redis = redisClient.connect()) {
      said.put("redis version", infoField(redis.sync().info("server"), "redis_version"));
    }
    cluster
        .cql()
        .ifPresent(cql -> {
          try (CqlSession session = CqlSessions.open(CqlUrl.parse(cql.url()))) {
            session
                .execute("SELECT release_version FROM system.local")
                .forEach(row -> said.put("cql release_version", row.getString(0)));
            for (String name : new String[] {"commitlog_sync", "commitlog_sync_period"}) {
              session
                  .execute("SELECT value FROM system_views.settings WHERE name = '" + name + "'")
                  .forEach(row -> said.put("cql " + name, row.getString(0)));
            }
          }
        });
    return said;
  }

  /// Transactions of PostgreSQL so far: of one statement each, on the hot path. Backends tell of
  /// theirs at most once a second.
  long postgresTransactions() {
    return Long.parseLong(ask(ASKED));
  }

  /// Commands of Redis so far.
  long redisCommands() {
    try (var redis = redisClient.connect()) {
      return Long.parseLong(infoField(redis.sync().info("stats"), "total_commands_processed"));
    }
  }

  String ask(String query) {
    try (var statement = postgres.createStatement();
        var rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getString(1);
    } catch (SQLException e) {
      throw new EnvironmentError("PostgreSQL refused '" + query + "': " + e.getMessage(), e);
    }
  }

  void execute(String command) {
    try (var statement = postgres.createStatement()) {
      statement.execute(command);
    } catch (SQLException e) {
      throw new EnvironmentError("PostgreSQL refused '" + command + "': " + e.getMessage(), e);
    }
  }

  private static String infoField(String info, String name) {
    return info.lines()
        .filter(line -> line.startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst()
        .orElse("?");
  }

  @Override
  public void close() {
    redisClient.shutdown();
    try {
      postgres.close();
    } catch (SQLException _) {
      // the cluster ends anyway
    }
  }
}
