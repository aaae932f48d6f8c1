package server.following;

import com.zaxxer.hikari.HikariDataSource;
import fixtures.urls.PostgresUrl;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jooq.ConnectionProvider;
import org.jooq.exception.DataAccessException;

/// Connections to wherever PostgreSQL is now: borrowed through a [Gate], from a pool that can be
/// exchanged for one of another database. Thread-safe; [#prepare], [#swap] and [#discard] are for
/// one thread.
public final class MovablePool implements DataSource, AutoCloseable {
  private final Gate gate;
  private final Function<PostgresUrl, HikariDataSource> opener;
  private volatile HikariDataSource current;
  private volatile MeterRegistry registry; // null: nobody counts
  private HikariDataSource next; // null: none is prepared

  /// How many connections this thread holds by way of [#provider]: one more is let through a closed
  /// gate, since the first one is waited for.
  private final ThreadLocal<Integer> held = ThreadLocal.withInitial(() -> 0);

  public MovablePool(Gate gate, PostgresUrl url, Function<PostgresUrl, HikariDataSource> opener) {
    this.gate = gate;
    this.opener = opener;
    this.current = opener.apply(url);
  }

  @Override
  public Connection getConnection() throws SQLException {
    return gate.through(() -> current.getConnection());
  }

  /// The same for jOOQ, whose transactions may ask for a second connection while they hold one.
  public ConnectionProvider provider() {
    return new ConnectionProvider() {
      @Override
      public Connection acquire() {
        try {
          Connection connection = held.get() > 0 ? current.getConnection() : getConnection();
          held.set(held.get() + 1);
          return connection;
        } catch (SQLException e) {
          throw new DataAccessException("no connection to PostgreSQL", e);
        }
      }

      @Override
      public void release(Connection connection) {
        held.set(held.get() - 1);
        try {
          connection.close();
        } catch (SQLException e) {
          throw new DataAccessException("a connection could not be given back", e);
        }
      }
    };
  }

  /// Whether nobody holds a connection.
  boolean idle() {
    return current.getHikariPoolMXBean() == null
        || current.getHikariPoolMXBean().getActiveConnections() == 0;
  }

  int active() {
    return current.getHikariPoolMXBean().getActiveConnections();
  }

  /// Opens connections to another database, beside those in use.
  ///
  /// @param warm how many are open when this returns
  void prepare(PostgresUrl url, int warm) throws SQLException {
    discard();
    next = opener.apply(url);
    List<Connection> opened = new ArrayList<>();
    try {
      for (int i = 0; i < Math.min(warm, next.getMaximumPoolSize()); i++) {
        opened.add(next.getConnection());
      }
    } catch (SQLException e) {
      discard();
      throw e;
    } finally {
      for (Connection connection : opened) {
        connection.close();
      }
    }
  }

  /// From now on connections are those prepared. The old ones end when they are given back.
  void swap() {
    HikariDataSource old = current;
    current = next;
    next = null;
    MeterRegistry counting = registry;
    Thread.ofVirtual()
        .name("closing-" + old.getPoolName())
        .start(() -> {
          old.close(); // which also takes its meters away: the next pool's have the same names
          if (counting != null) {
            current.setMetricRegistry(counting);
          }
        });
  }

  /// Closes what was prepared, if anything was.
  void discard() {
    if (next != null) {
      next.close();
      next = null;
    }
  }

  /// Counts its connections; before it is used, and once.
  public void watch(MeterRegistry meters) {
    current.setMetricRegistry(meters);
    registry = meters;
  }

  @Override
  public void close() {
    discard();
    current.close();
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    throw new SQLException("connections are always the pool's own user's");
  }

  @Override
  public PrintWriter getLogWriter() {
    return null;
  }

  @Override
  public void setLogWriter(PrintWriter out) {
    // It has none: what there is to say goes to the log.
  }

  @Override
  public void setLoginTimeout(int seconds) {
    // Its pools have their own.
  }

  @Override
  public int getLoginTimeout() {
    return 0;
  }

  @Override
  public Logger getParentLogger() {
    return Logger.getLogger("server.following");
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    return current.unwrap(type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) throws SQLException {
    return current.isWrapperFor(type);
  }
}
