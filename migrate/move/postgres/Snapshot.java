package migrate.move.postgres;

import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/// A slot at the source, and the snapshot of exactly where it begins: what the snapshot shows is
/// copied, what comes behind it is followed, and nothing is in both. It can be used while this is
/// open.
///
/// @param slot of logical replication; outlives this
/// @param lsn where it begins
/// @param name for `SET TRANSACTION SNAPSHOT`
record Snapshot(Connection holder, String slot, String lsn, String name) implements AutoCloseable {
  private static final int CONNECT_SECONDS = 5;

  /// Makes the slot; one of that name is dropped first, for its snapshot is gone.
  static Snapshot take(Session source, String slot) {
    drop(source, slot);
    try {
      Connection holder = replication(source.url());
      try (var statement = holder.createStatement();
          var row =
              statement.executeQuery(
                  "CREATE_REPLICATION_SLOT " + slot + " LOGICAL pgoutput EXPORT_SNAPSHOT")) {
        row.next();
        return new Snapshot(holder, slot, row.getString(2), row.getString(3));
      } catch (SQLException e) {
        holder.close();
        throw e;
      }
    } catch (SQLException e) {
      throw new EnvironmentError(
          "no slot could be made at the source: %s: see --preflight".formatted(e.getMessage()), e);
    }
  }

  /// Drops a slot, if there is one, and whatever uses it.
  static void drop(Session at, String slot) {
    at.dsl()
        .execute(
            "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots"
                + " WHERE slot_name = ? AND active",
            slot);
    long end = System.nanoTime() + DROP_NANOS;
    while (at.number(
            "SELECT count(*) FROM pg_replication_slots WHERE slot_name = ? AND active", slot)
        > 0) {
      if (System.nanoTime() - end > 0) {
        throw new EnvironmentError("the slot %s is still in use: try again".formatted(slot));
      }
      Pause.millis(POLL_MILLIS);
    }
    at.dsl()
        .execute(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                + " WHERE slot_name = ?",
            slot);
  }

  private static final long DROP_NANOS = 10_000_000_000L; // its user notices within one message
  private static final long POLL_MILLIS = 20;

  private static Connection replication(PostgresUrl url) throws SQLException {
    var properties = new Properties();
    PGProperty.USER.set(properties, url.user());
    PGProperty.PASSWORD.set(properties, url.password());
    PGProperty.REPLICATION.set(properties, "database");
    PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "14");
    PGProperty.PREFER_QUERY_MODE.set(properties, "simple"); // all that a walsender understands
    PGProperty.CONNECT_TIMEOUT.set(properties, CONNECT_SECONDS);
    PGProperty.TCP_KEEP_ALIVE.set(properties, true);
    PGProperty.APPLICATION_NAME.set(properties, "vyry move snapshot");
    Connection connection = new Driver().connect(url.jdbcUrl(), properties);
    if (connection == null) {
      throw new SQLException("the driver does not take " + url.masked());
    }
    return connection;
  }

  /// Sees the source as it was at the slot's beginning, in a new session.
  Session view(PostgresUrl url) {
    return view(url, name);
  }

  static Session view(PostgresUrl url, String snapshot) {
    Session session = Session.open("source", url);
    try (var statement = session.connection().createStatement()) {
      statement.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      statement.execute("SET TRANSACTION SNAPSHOT '" + snapshot + "'");
      return session;
    } catch (SQLException e) {
      session.close();
      throw new EnvironmentError("the snapshot is gone: " + e.getMessage(), e);
    }
  }

  /// The slot stays.
  @Override
  public void close() {
    try {
      holder.close();
    } catch (SQLException _) {
      // It is being left.
    }
  }
}
