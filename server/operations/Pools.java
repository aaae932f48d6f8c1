package server.operations;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import fixtures.urls.PostgresUrl;
import migrate.schema.OlderServers;
import server.following.Gate;
import server.following.MovablePool;

/// Connections to PostgreSQL: many for requests, a few of their own for committers, so that reads
/// never keep a commit waiting.
final class Pools {
  /// No query of ours is slow; what takes longer is stuck, and its locks hold up others.
  private static final int STATEMENT_TIMEOUT_MILLIS = 5_000;

  /// Above the statement time-out, for a server that is gone without a word.
  private static final int SOCKET_TIMEOUT_SECONDS = 10;

  private static final int CONNECT_TIMEOUT_SECONDS = 3;
  private static final int GET_TIMEOUT_MILLIS = 3_000; // a client is told UNAVAILABLE after this
  private static final int REQUEST_CONNECTIONS =
      16; // per node; PostgreSQL's default is 100 for all

  private Pools() {}

  static MovablePool requests(Gate gate, PostgresUrl url) {
    return new MovablePool(gate, url, at -> open(at, "vyry-requests", REQUEST_CONNECTIONS, 2));
  }

  /// @param most open at once
  /// @param idle open always
  static MovablePool appends(Gate gate, PostgresUrl url, int most, int idle) {
    return new MovablePool(gate, url, at -> open(at, "vyry-appends", most, idle));
  }

  private static HikariDataSource open(PostgresUrl url, String name, int most, int idle) {
    var config = new HikariConfig();
    config.setPoolName(name);
    config.setJdbcUrl(url.jdbcUrl());
    config.setUsername(url.user());
    config.setPassword(url.password());
    config.setMaximumPoolSize(most);
    config.setMinimumIdle(idle);
    config.setConnectionTimeout(GET_TIMEOUT_MILLIS);
    config.setInitializationFailTimeout(-1); // whether it is there was asked before
    // By it a step that takes away what older servers need sees that one is still there.
    config.addDataSourceProperty("ApplicationName", OlderServers.named(name));
    config.addDataSourceProperty("connectTimeout", CONNECT_TIMEOUT_SECONDS);
    config.addDataSourceProperty("socketTimeout", SOCKET_TIMEOUT_SECONDS);
    config.addDataSourceProperty("tcpKeepAlive", true);
    // What is answered is durable, whatever the database's or the role's default says. A
    // transaction
    // that a stopped node left open gives its locks back. Plans are kept that were made while the
    // tables were small: none of them reads a table whole that has an index.
    config.addDataSourceProperty(
        "options",
        "-c statement_timeout="
            + STATEMENT_TIMEOUT_MILLIS
            + " -c idle_in_transaction_session_timeout="
            + STATEMENT_TIMEOUT_MILLIS
            + " -c synchronous_commit=on -c enable_seqscan=off");
    return new HikariDataSource(config);
  }
}
