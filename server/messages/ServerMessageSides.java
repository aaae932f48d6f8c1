package server.messages;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;
import migrate.move.messages.MessageSide;
import migrate.move.messages.MessageSides;
import server.messages.cql.CqlSide;

/// The stores as a mover meets them. Found by its name, because the mover stands in a folder that
/// does not know this one.
public final class ServerMessageSides implements MessageSides {
  /// Workers, the cut and the comparison.
  private static final int CONNECTIONS = 6;

  private static final int GET_TIMEOUT_MILLIS = 5_000;

  /// For the mover.
  public ServerMessageSides() {}

  @Override
  public MessageSide postgres(PostgresUrl url) {
    var config = new HikariConfig();
    config.setPoolName("vyry-move-messages");
    config.setJdbcUrl(url.jdbcUrl());
    config.setUsername(url.user());
    config.setPassword(url.password());
    config.setMaximumPoolSize(CONNECTIONS);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(GET_TIMEOUT_MILLIS);
    config.setInitializationFailTimeout(-1);
    config.addDataSourceProperty("ApplicationName", "vyry move messages");
    config.addDataSourceProperty("options", "-c synchronous_commit=on -c enable_seqscan=off");
    var pool = new HikariDataSource(config);
    return new PostgresSide(pool, pool::close);
  }

  @Override
  public MessageSide cql(CqlUrl url) {
    return CqlSide.open(url);
  }
}
