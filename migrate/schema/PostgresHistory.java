package migrate.schema;

import static org.jooq.impl.DSL.raw;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import migrate.schema.Directives.Phase;
import migrate.schema.Progress.Direction;
import org.jooq.DSLContext;

/// The tables in which a PostgreSQL database remembers what was done to its schema: a line in
/// `schema_history` for each applied step, and one in `schema_progress` for a step of several
/// transactions that was begun and is not finished. Without state: safe for any thread.
final class PostgresHistory {
  private static final String CREATE =
      """
      CREATE TABLE IF NOT EXISTS schema_history (
        version     integer PRIMARY KEY,
        name        text NOT NULL,
        checksum    text NOT NULL,
        applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        duration_ms bigint NOT NULL DEFAULT 0,
        applied_by  text NOT NULL
      )\
      """;

  /// `done` statements are done. `begun`: the next one, which can't be in a transaction, may have
  /// been begun. `place` and `last`: the key up to which a back-fill has come, and where it ends.
  private static final String CREATE_PROGRESS =
      """
      CREATE TABLE IF NOT EXISTS schema_progress (
        version    integer PRIMARY KEY,
        direction  text NOT NULL,
        checksum   text NOT NULL,
        done       integer NOT NULL DEFAULT 0,
        begun      boolean NOT NULL DEFAULT false,
        place      text[],
        last       text[],
        rows       bigint NOT NULL DEFAULT 0,
        began_at   timestamptz NOT NULL DEFAULT clock_timestamp()
      )\
      """;

  private PostgresHistory() {}

  /// How far a step has come.
  record Mark(
      int version,
      Direction direction,
      String checksum,
      int done,
      boolean begun,
      String[] place,
      String[] last,
      long rows) {
    Unfinished unfinished() {
      return new Unfinished(version, direction, checksum, OptionalInt.of(done));
    }
  }

  static void create(DSLContext dsl) {
    dsl.execute(raw(CREATE));
    // Histories of before there were phases; asking first spares the table's lock.
    if (!hasColumn(dsl, "phase")) {
      dsl.execute(raw("ALTER TABLE schema_history ADD COLUMN IF NOT EXISTS phase text"));
    }
  }

  private static boolean hasColumn(DSLContext dsl, String column) {
    return dsl.fetchSingle(
            "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'schema_history'::regclass"
                + " AND attname = ? AND NOT attisdropped)",
            column)
        .get(0, boolean.class);
  }

  /// In ascending order of versions.
  static List<Applied> lines(DSLContext dsl) {
    // By way of JSON, since a history of before there were phases has no such column.
    return dsl.fetch(
            "SELECT version, name, checksum, applied_at, duration_ms, applied_by,"
                + " to_jsonb(h) ->> 'phase' AS phase FROM schema_history h ORDER BY version")
        .map(row ->
            new Applied(
                row.get("version", int.class),
                row.get("name", String.class),
                row.get("checksum", String.class),
                row.get("applied_at", Instant.class),
                Duration.ofMillis(row.get("duration_ms", long.class)),
                row.get("applied_by", String.class),
                phase(row.get("phase", String.class))));
  }

  static Phase phase(String text) {
    return text == null ? Phase.ANY : Phase.valueOf(text.toUpperCase(Locale.ROOT));
  }

  /// @return false when there is a line of this version
  static boolean insert(DSLContext in, Step step) {
    return in.execute(
            "INSERT INTO schema_history (version, name, checksum, applied_by, phase)"
                + " VALUES (?, ?, ?, session_user || ', ' || ?, ?)"
                + " ON CONFLICT (version) DO NOTHING",
            step.version(),
            step.name(),
            step.checksum(),
            Identity.ofThisProcess(),
            step.directives().phase().name().toLowerCase(Locale.ROOT))
        == 1;
  }

  /// The step, whose line this transaction has written, took until now.
  static void finish(DSLContext in, Step step) {
    in.execute(
        "UPDATE schema_history SET duration_ms ="
            + " round(extract(epoch FROM clock_timestamp() - applied_at) * 1000)"
            + " WHERE version = ?",
        step.version());
  }

  /// As [#finish], for one that was begun in an earlier transaction.
  static void finishBegun(DSLContext in, Step step) {
    in.execute(
        "UPDATE schema_history h SET applied_at = p.began_at, duration_ms ="
            + " round(extract(epoch FROM clock_timestamp() - p.began_at) * 1000)"
            + " FROM schema_progress p WHERE p.version = h.version AND h.version = ?",
        step.version());
  }

  /// @return false when there was no line of this version
  static boolean delete(DSLContext in, int version) {
    return in.execute("DELETE FROM schema_history WHERE version = ?", version) == 1;
  }

  static void createProgress(DSLContext dsl) {
    dsl.execute(raw(CREATE_PROGRESS));
  }

  /// The marks of all steps that are begun and not finished: none or one, unless somebody else
  /// wrote them.
  static List<Mark> marks(DSLContext dsl) {
    return dsl.fetch(
            "SELECT version, direction, checksum, done, begun, place, last, rows"
                + " FROM schema_progress ORDER BY version")
        .map(row ->
            new Mark(
                row.get("version", int.class),
                Direction.valueOf(row.get("direction", String.class).toUpperCase(Locale.ROOT)),
                row.get("checksum", String.class),
                row.get("done", int.class),
                row.get("begun", boolean.class),
                row.get("place", String[].class),
                row.get("last", String[].class),
                row.get("rows", long.class)));
  }

  static Optional<Mark> mark(DSLContext dsl, int version) {
    return marks(dsl).stream().filter(mark -> mark.version() == version).findFirst();
  }

  static void begin(DSLContext dsl, Step step, Direction direction) {
    dsl.execute(
        "INSERT INTO schema_progress (version, direction, checksum) VALUES (?, ?, ?)"
            + " ON CONFLICT (version) DO NOTHING",
        step.version(),
        direction.name().toLowerCase(Locale.ROOT),
        step.checksum());
  }

  /// So many statements are done.
  static void done(DSLContext in, Step step, int statements) {
    in.execute(
        "UPDATE schema_progress SET done = ?, begun = false WHERE version = ?",
        statements,
        step.version());
  }

  /// The next statement, which no transaction can hold, is begun.
  static void begun(DSLContext in, Step step) {
    in.execute("UPDATE schema_progress SET begun = true WHERE version = ?", step.version());
  }

  /// Where a back-fill is going to end.
  static void last(DSLContext in, Step step, String[] key) {
    in.execute(
        "UPDATE schema_progress SET last = ? WHERE version = ?", (Object) key, step.version());
  }

  /// A back-fill has come so far.
  static void place(DSLContext in, Step step, String[] key, long rows) {
    in.execute(
        "UPDATE schema_progress SET place = ?, rows = ? WHERE version = ?",
        (Object) key,
        rows,
        step.version());
  }

  static void forget(DSLContext in, Step step) {
    in.execute("DELETE FROM schema_progress WHERE version = ?", step.version());
  }
}
