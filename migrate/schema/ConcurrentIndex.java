package migrate.schema;

import static org.jooq.impl.DSL.raw;

import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.exception.DataAccessException;

/// An index that is built or dropped without keeping writers waiting, and what a broken-off attempt
/// leaves: "a query … fails … leave behind an 'invalid' index" which costs each write and serves no
/// query (manual of CREATE INDEX, "Building Indexes Concurrently"). IF NOT EXISTS takes such an
/// index for a good one, so this looks first. A value.
///
/// @param creates whether it is built, else dropped
/// @param name as written, with quotes
/// @param table as written; empty when it is dropped
record ConcurrentIndex(boolean creates, String name, Optional<String> table) {
  private static final int CLEAR_MILLIS = 2_000; // longer than most transactions are old

  private static final String IDENTIFIER = "(\"(?:[^\"]|\"\")+\"|[\\w$]+)";
  private static final Pattern CREATE =
      pattern(
          "CREATE (?:UNIQUE )?INDEX CONCURRENTLY (?:IF NOT EXISTS )?(?!ON )"
              + IDENTIFIER
              + " ON (?:ONLY )?((?:"
              + IDENTIFIER
              + "\\.)?"
              + IDENTIFIER
              + ")");
  private static final Pattern UNNAMED = pattern("CREATE (?:UNIQUE )?INDEX CONCURRENTLY ON ");
  private static final Pattern DROP =
      pattern(
          "DROP INDEX CONCURRENTLY (?:IF EXISTS )?((?:" + IDENTIFIER + "\\.)?" + IDENTIFIER + ")");

  /// Of the index that a statement is about; the index of a table is in the table's schema.
  private static final String INDEX =
      """
      SELECT i.indisvalid AS valid, c.oid::regclass::text AS name FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_class t ON t.oid = i.indrelid
      WHERE t.oid = to_regclass(?) AND c.oid = to_regclass(
        quote_ident((SELECT nspname FROM pg_namespace WHERE oid = t.relnamespace)) || '.' || ?)\
      """;

  private static final String BUILDERS =
      "SELECT pid FROM pg_stat_progress_create_index"
          + " WHERE datname = current_database() AND pid <> pg_backend_pid()"
          + " AND (relid IS NULL OR relid = to_regclass(?))";

  private static Pattern pattern(String words) {
    return Pattern.compile("^" + words.replace(" ", "\\s+"), Pattern.CASE_INSENSITIVE);
  }

  /// The index that a statement builds or drops concurrently; empty for other statements.
  ///
  /// @throws UserError when it has no name, and so can't be found again after a crash
  static Optional<ConcurrentIndex> of(String statement) {
    Matcher create = CREATE.matcher(statement);
    if (create.find()) {
      return Optional.of(new ConcurrentIndex(true, create.group(1), Optional.of(create.group(2))));
    }
    if (UNNAMED.matcher(statement).find()) {
      throw new UserError(
          "an index that is built CONCURRENTLY needs a name, by which it is found after a crash");
    }
    Matcher drop = DROP.matcher(statement);
    return drop.find()
        ? Optional.of(new ConcurrentIndex(false, drop.group(1), Optional.empty()))
        : Optional.empty();
  }

  /// Clears away what an earlier attempt left.
  ///
  /// @param begun whether an attempt of ours was begun: then what is whole is ours
  /// @return whether the statement is done already
  boolean settle(DSLContext dsl, boolean begun, Progress progress) {
    if (!creates) {
      return begun && dsl.fetchSingle("SELECT to_regclass(?) IS NULL", name).get(0, boolean.class);
    }
    var found = find(dsl);
    if (found.isEmpty()) {
      return false;
    }
    if (found.get().get("valid", boolean.class)) {
      return begun;
    }
    var builder = dsl.fetch(BUILDERS, table.orElseThrow());
    if (!builder.isEmpty()) {
      throw new EnvironmentError(
          "index %s is invalid, and session %s builds an index right now: run it again afterwards"
              .formatted(name, builder.getFirst().get(0)));
    }
    progress.notice("drops index " + name + ", which a broken-off attempt left invalid");
    drop(dsl, found.get());
    return false;
  }

  /// After an attempt of this session failed. What can't be cleared away soon, since it waits for
  /// old transactions too, is left to the next attempt.
  void clear(DSLContext dsl) {
    try {
      dsl.execute(raw("SET lock_timeout = " + CLEAR_MILLIS));
      if (creates) {
        find(dsl).filter(row -> !row.get("valid", boolean.class)).ifPresent(row -> drop(dsl, row));
      }
      dsl.execute(raw("SET lock_timeout = 0"));
    } catch (DataAccessException _) {
      // As said; or the session is gone.
    }
  }

  private Optional<Record> find(DSLContext dsl) {
    return Optional.ofNullable(dsl.fetchOne(INDEX, table.orElseThrow(), name));
  }

  private static void drop(DSLContext dsl, Record row) {
    dsl.execute(raw("DROP INDEX CONCURRENTLY IF EXISTS " + row.get("name", String.class)));
  }
}
