package bench.load;

import bench.cluster.Cluster;
import bench.cluster.EnginePart;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import com.datastax.oss.driver.api.core.servererrors.UnauthorizedException;
import fixtures.urls.CqlUrl;
import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.api.sync.RedisCommands;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import migrate.schema.CqlSessions;

/// What the databases say of themselves: versions, the settings on which durability rests, and how
/// much they were asked.
public final class Engines implements AutoCloseable {
  private static final String[] SETTINGS = {
    "server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers"
  };
  private static final List<String> CQL_SETTINGS = // of Cassandra, of ScyllaDB
      List.of("system_views.settings", "system.config");
  private static final Pattern CALLS = Pattern.compile("cmdstat_(\\S+?):calls=(\\d+)");
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
      for (String name : new String[] {"appendonly", "appendfsync"}) {
        said.put("redis " + name, configured(redis.sync(), name));
      }
    }
    cluster
        .cql()
        .ifPresent(cql -> {
          try (CqlSession session = CqlSessions.open(CqlUrl.parse(cql.url()))) {
            session
                .execute("SELECT release_version FROM system.local")
                .forEach(row -> said.put("cql release_version", row.getString(0)));
            for (String name : new String[] {"commitlog_sync", "commitlog_sync_period"}) {
              said.put("cql " + name, configured(session, name));
            }
            session
                .execute(
                    "SELECT durable_writes, replication FROM system_schema.keyspaces"
                        + " WHERE keyspace_name = '%s'".formatted(keyspace(cql)))
                .forEach(row -> {
                  said.put("cql durable_writes", "" + row.getBoolean(0));
                  said.put(
                      "cql replication", replication(row.getMap(1, String.class, String.class)));
                });
            said.put("cql consistency", "LOCAL_QUORUM"); // of every write and read of messages
          }
        });
    return said;
  }

  private static String keyspace(EnginePart cql) {
    return CqlUrl.parse(cql.url()).keyspace();
  }

  private static String configured(RedisCommands<String, String> redis, String name) {
    try {
      return redis.configGet(name).getOrDefault(name, "?");
    } catch (RedisCommandExecutionException _) {
      return "?"; // a hosted one refuses CONFIG
    }
  }

  private static String configured(CqlSession session, String name) {
    for (String table : CQL_SETTINGS) {
      try {
        var row = session.execute("SELECT value FROM " + table + " WHERE name = ?", name).one();
        return row == null || row.isNull(0) ? "?" : row.getString(0);
      } catch (InvalidQueryException | UnauthorizedException _) {
        // it is another engine's, or hidden from this user
      }
    }
    return "?";
  }

  /// `SimpleStrategy 1`, `NetworkTopologyStrategy dc1 3`.
  private static String replication(Map<String, String> said) {
    var text = new StringBuilder();
    said.forEach((key, value) -> {
      if (key.equals("class")) {
        text.insert(0, value.substring(value.lastIndexOf('.') + 1) + " ");
      } else {
        text.append(key.equals("replication_factor") ? "" : key + " ").append(value).append(' ');
      }
    });
    return text.toString().strip();
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

  /// How often each was called.
  Map<String, Long> redisCalls() {
    try (var redis = redisClient.connect()) {
      Map<String, Long> calls = new LinkedHashMap<>();
      var found = CALLS.matcher(redis.sync().info("commandstats"));
      while (found.find()) {
        calls.put(found.group(1), Long.parseLong(found.group(2)));
      }
      return calls;
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
