package migrate.move.postgres;

import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import java.sql.SQLException;
import java.util.UUID;

/// A slot at the source, and the snapshot of exactly where it begins: what the snapshot shows is
/// copied, what comes behind it is followed, and nothing is in both. It can be used while its
/// [SnapshotHolder] lives.
///
/// @param slot of logical replication
/// @param lsn where it begins
/// @param name for `SET TRANSACTION SNAPSHOT`
record Snapshot(String slot, String lsn, String name) {
  /// Makes the slot; one of that name is dropped first, for its snapshot is gone.
  static Snapshot take(Session source, Session target, UUID move, String slot) {
    drop(source, slot);
    return SnapshotHolder.start(source, target, move, slot);
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

  /// Sees the source as it was at the slot's beginning, in a new session.
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
}
