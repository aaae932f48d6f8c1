package migrate.move.messages;

import fixtures.urls.PostgresUrl;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.locks.ReentrantLock;
import migrate.schema.PostgresSource;
import org.jooq.ConnectionProvider;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.postgresql.ds.PGSimpleDataSource;

/// The mover's one session with PostgreSQL, opened again when it is lost. Threads take turns.
///
/// While it holds rows, people wait; so the database itself ends its transactions when this process
/// stands still.
final class ControlConnection implements ConnectionProvider, AutoCloseable {
  /// What a send can wait for a mover that stopped in the midst of a cut.
  private static final int IDLE_TIMEOUT_MILLIS = 1_500;

  private static final int STATEMENT_TIMEOUT_MILLIS = 30_000;

  /// Others hold a conversation's row for milliseconds.
  private static final int LOCK_TIMEOUT_MILLIS = 2_000;

  private static final int VALID_SECONDS = 3;

  private final PGSimpleDataSource source;
  private final ReentrantLock turn = new ReentrantLock(true);
  private Connection connection;

  ControlConnection(PostgresUrl url) {
    source = PostgresSource.of(url);
    source.setApplicationName("vyry move messages");
    source.setOptions(
        "-c idle_in_transaction_session_timeout="
            + IDLE_TIMEOUT_MILLIS
            + " -c statement_timeout="
            + STATEMENT_TIMEOUT_MILLIS
            + " -c lock_timeout="
            + LOCK_TIMEOUT_MILLIS
            + " -c synchronous_commit=on");
  }

  DSLContext dsl() {
    return DSL.using(this, SQLDialect.POSTGRES);
  }

  @Override
  public Connection acquire() {
    turn.lock();
    try {
      if (connection == null || connection.isClosed()) {
        connection = source.getConnection();
      }
      return connection;
    } catch (SQLException e) {
      turn.unlock();
      throw new DataAccessException("PostgreSQL does not answer", e);
    }
  }

  @Override
  public void release(Connection used) {
    try {
      if (!used.isValid(VALID_SECONDS)) {
        used.close();
      }
    } catch (SQLException _) {
      // The next one opens another.
    } finally {
      turn.unlock();
    }
  }

  @Override
  public void close() {
    turn.lock();
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (SQLException _) {
      // It is being left.
    } finally {
      turn.unlock();
    }
  }
}
