package migrate.schema;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// The history of a keyspace and its lock, in one partition, so that one condition guards both.
///
/// The lock is a static `lock_owner` that expires by itself (the nodes' clocks say when, not the
/// runs'), and a `fence` that never does and grows by one with each owner. A line of the history is
/// written only IF both are still its writer's: a run that lost the lock in its sleep changes
/// nothing. All reads and conditions are `SERIAL`, over all datacenters.
final class CqlHistory {
  /// Short, since the end of the process may wait for it, and a lease ends by itself.
  private static final Duration RELEASE_TIMEOUT = Duration.ofSeconds(5);

  private final CqlSession session;
  private final String keyspace;
  private final String table;

  CqlHistory(CqlSession session, String keyspace) {
    this.session = session;
    this.keyspace = keyspace;
    this.table = keyspace + ".schema_history";
  }

  /// Who holds the lock, as read; `owner` is null when nobody does, `fence` before the first one.
  record Lock(String owner, Instant since, Long fence) {}

  String createTable() {
    return "CREATE TABLE IF NOT EXISTS "
        + table
        + " (scope text, lock_owner text STATIC, lock_since timestamp STATIC, fence bigint STATIC,"
        + " version int, name text, checksum text, applied_at timestamp, duration_ms bigint,"
        + " applied_by text, phase text, undoing boolean, PRIMARY KEY (scope, version))";
  }

  /// The statements that add what a history of an earlier version of this code lacks.
  List<String> addColumns() {
    String query =
        "SELECT column_name FROM system_schema.columns WHERE keyspace_name = ?"
            + " AND table_name = 'schema_history'";
    var there = session.execute(query, keyspace).map(row -> row.getString(0)).all();
    return Stream.of("phase text", "undoing boolean")
        .filter(column -> !there.contains(column.substring(0, column.indexOf(' '))))
        .map(column -> "ALTER TABLE " + table + " ADD " + column)
        .toList();
  }

  /// What is in it.
  ///
  /// @param half a line of [#lines] whose step was begun to be undone
  record Read(List<Applied> lines, Optional<Applied> half) {}

  Read read() {
    var lines = new ArrayList<Applied>();
    Optional<Applied> half = Optional.empty();
    String query = "SELECT * FROM " + table + " WHERE scope = 'schema'";
    for (var row : serial(query)) {
      if (!row.isNull("version")) { // a partition that has only the lock is one row without it
        lines.add(line(row));
        if (row.getColumnDefinitions().contains("undoing") && row.getBoolean("undoing")) {
          half = Optional.of(lines.getLast());
        }
      }
    }
    return new Read(lines, half);
  }

  List<Applied> lines() {
    return read().lines();
  }

  private static Applied line(Row row) {
    return new Applied(
        row.getInt("version"),
        row.getString("name"),
        row.getString("checksum"),
        row.getInstant("applied_at"),
        Duration.ofMillis(row.getLong("duration_ms")),
        row.getString("applied_by"),
        row.getColumnDefinitions().contains("phase")
            ? PostgresHistory.phase(row.getString("phase"))
            : Directives.Phase.ANY);
  }

  Lock lock() {
    String query =
        "SELECT DISTINCT scope, lock_owner, lock_since, fence FROM "
            + table
            + " WHERE scope = 'schema'";
    var row = Optional.ofNullable(serial(query).one());
    return new Lock(
        row.map(r -> r.getString("lock_owner")).orElse(null),
        row.map(r -> r.getInstant("lock_since")).orElse(null),
        row.map(r -> r.get("fence", Long.class)).orElse(null));
  }

  /// Takes the free lock as it was read.
  boolean take(Lock free, String owner, Duration lease) {
    String batch =
        """
        BEGIN BATCH
          UPDATE %1$s USING TTL %2$d SET lock_owner = ?, lock_since = ? WHERE scope = 'schema'
            IF lock_owner = null AND fence = ?;
          UPDATE %1$s SET fence = ? WHERE scope = 'schema';
        APPLY BATCH\
        """
            .formatted(table, lease.toSeconds());
    return conditional(batch, owner, Instant.now(), free.fence(), next(free));
  }

  static long next(Lock lock) {
    return lock.fence() == null ? 1 : lock.fence() + 1;
  }

  boolean renew(String owner, Instant since, long fence, Duration lease) {
    String update =
        "UPDATE %s USING TTL %d SET lock_owner = ?, lock_since = ? WHERE scope = 'schema'"
                .formatted(table, lease.toSeconds())
            + " IF lock_owner = ? AND fence = ?";
    return conditional(update, owner, since, owner, fence);
  }

  boolean release(String owner) {
    String update =
        "UPDATE %s SET lock_owner = null, lock_since = null WHERE scope = 'schema'".formatted(table)
            + " IF lock_owner = ?";
    return conditional(SimpleStatement.newInstance(update, owner).setTimeout(RELEASE_TIMEOUT));
  }

  boolean write(Applied line, String owner, long fence) {
    return fenced(
        "INSERT INTO %s (scope, version, name, checksum, applied_at, duration_ms, applied_by, phase)"
                .formatted(table)
            + " VALUES ('schema', ?, ?, ?, ?, ?, ?, ?)",
        owner,
        fence,
        line.version(),
        line.name(),
        line.checksum(),
        line.at(),
        line.duration().toMillis(),
        line.by(),
        line.phase().name().toLowerCase(Locale.ROOT));
  }

  /// Of a line that is there: its step is begun to be undone.
  boolean undoing(int version, String owner, long fence) {
    return fenced(
        "UPDATE " + table + " SET undoing = true WHERE scope = 'schema' AND version = ?",
        owner,
        fence,
        version);
  }

  boolean delete(int version, String owner, long fence) {
    return fenced(
        "DELETE FROM " + table + " WHERE scope = 'schema' AND version = ?", owner, fence, version);
  }

  private boolean fenced(String statement, String owner, long fence, Object... values) {
    String batch =
        """
        BEGIN BATCH
          UPDATE %s SET fence = ? WHERE scope = 'schema' IF lock_owner = ? AND fence = ?;
          %s;
        APPLY BATCH\
        """
            .formatted(table, statement);
    var all = new ArrayList<Object>(List.of(fence, owner, fence));
    all.addAll(List.of(values));
    return conditional(batch, all.toArray());
  }

  private boolean conditional(String statement, Object... values) {
    return conditional(SimpleStatement.newInstance(statement, values));
  }

  private boolean conditional(SimpleStatement statement) {
    return session
        .execute(
            statement
                .setConsistencyLevel(ConsistencyLevel.QUORUM)
                .setSerialConsistencyLevel(ConsistencyLevel.SERIAL))
        .wasApplied();
  }

  private ResultSet serial(String query) {
    return session.execute(
        SimpleStatement.newInstance(query).setConsistencyLevel(ConsistencyLevel.SERIAL));
  }
}
