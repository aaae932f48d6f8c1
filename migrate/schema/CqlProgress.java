package migrate.schema;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// How far back-fills have come, in a keyspace's table `schema_progress`; the line of one that is
/// finished is removed.
///
/// No fence guards it: a line only ever says what is true, that the rows up to a token are filled
/// with values of that time. If a run that lost the schema's lock writes one late, the next run
/// does rows again or is spared some.
final class CqlProgress {
  static final String TABLE = "schema_progress";

  private final CqlSession session;
  private final String table;

  CqlProgress(CqlSession session, String keyspace) {
    this.session = session;
    this.table = keyspace + "." + TABLE;
  }

  /// @param begunMicros the time of all the back-fill's writes, microseconds since 1970
  /// @param token up to which all rows are filled; null for none
  /// @param rows how many were passed, those that were done twice counted twice
  record Place(long begunMicros, Long token, long rows) {}

  String createTable() {
    return "CREATE TABLE IF NOT EXISTS "
        + table
        + " (version int PRIMARY KEY, checksum text, begun_micros bigint, place bigint, rows"
        + " bigint)";
  }

  /// Where the step goes on. One whose file is another one by now begins again: its values are
  /// newer than those of the one before.
  Place begin(Step step) {
    var row = execute("SELECT * FROM " + table + " WHERE version = ?", step.version()).one();
    if (row != null && step.checksum().equals(row.getString("checksum"))) {
      return new Place(
          row.getLong("begun_micros"), row.get("place", Long.class), row.getLong("rows"));
    }
    long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    return reached(step, new Place(now, null, 0), null, 0);
  }

  Place reached(Step step, Place from, Long token, long rows) {
    execute(
        "INSERT INTO %s (version, checksum, begun_micros, place, rows) VALUES (?, ?, ?, ?, ?)"
            .formatted(table),
        step.version(),
        step.checksum(),
        from.begunMicros(),
        token,
        rows);
    return new Place(from.begunMicros(), token, rows);
  }

  void forget(Step step) {
    execute("DELETE FROM " + table + " WHERE version = ?", step.version());
  }

  private ResultSet execute(String statement, Object... values) {
    return session.execute(
        SimpleStatement.newInstance(statement, values)
            .setConsistencyLevel(ConsistencyLevel.QUORUM)
            .setIdempotent(true));
  }
}
