package migrate.schema;

import static org.jooq.impl.DSL.raw;

import java.util.List;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;

/// Of the first schema in the `search_path`. Each method is one transaction.
final class PostgresBookkeeping implements Bookkeeping {
  /// Longer than a short transaction, shorter than what people notice: [#clear()] gives up rather
  /// than let everyone queue behind it.
  private static final String LOCK_TIMEOUT = "3s";

  /// What has no owner to be dropped with, in an order in which CASCADE meets little. Extensions
  /// and what belongs to them stay: to make them again takes rights that a run may not have.
  private static final String DROPS =
      """
      WITH free AS (
        SELECT c.oid, c.relkind FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relname <> 'schema_history'
          AND c.relkind IN ('v', 'm', 'r', 'p', 'f', 'S')
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
            AND d.objid = c.oid
            AND (d.deptype = 'e' OR d.deptype IN ('i', 'a') AND c.relkind = 'S'))
      )
      SELECT drop FROM (
        SELECT 1 AS place, oid, format('DROP %s IF EXISTS %s CASCADE', CASE relkind
          WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE'
          WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, oid::regclass) AS drop
        FROM free
      UNION ALL
        SELECT 2, p.oid, format('DROP %s IF EXISTS %s CASCADE', CASE prokind WHEN 'a'
          THEN 'AGGREGATE' WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.oid::regprocedure)
        FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
            AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
      UNION ALL
        SELECT 3, t.oid, format('DROP %s IF EXISTS %s CASCADE',
          CASE typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, t.oid::regtype)
        FROM pg_type t WHERE t.typnamespace = current_schema()::regnamespace
          AND (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c'
            AND (SELECT relkind FROM pg_class c WHERE c.oid = t.typrelid) = 'c')
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass
            AND d.objid = t.oid AND d.deptype = 'e')
      ) drops ORDER BY place, oid\
      """;

  private static final String UNWRITTEN = "the schema's history can't be written";

  private final DSLContext dsl;

  /// @param dsl as in [PostgresTarget]
  PostgresBookkeeping(DSLContext dsl) {
    this.dsl = dsl;
  }

  @Override
  public void adopt(Step step) {
    try {
      dsl.transaction((Configuration transaction) -> {
        PostgresHistory.insert(transaction.dsl(), step);
        transaction
            .dsl()
            .execute(
                "UPDATE schema_history SET applied_by = applied_by || ', baseline'"
                    + " WHERE version = ?",
                step.version());
      });
    } catch (DataAccessException e) {
      throw PostgresErrors.translated(UNWRITTEN, e);
    }
  }

  @Override
  public void realign(Step step) {
    execute(
        "UPDATE schema_history SET name = ?, checksum = ? WHERE version = ?",
        step.name(),
        step.checksum(),
        step.version());
  }

  @Override
  public void resume(Step step) {
    execute(
        "UPDATE schema_progress SET checksum = ? WHERE version = ?",
        step.checksum(),
        step.version());
  }

  @Override
  public void forget(int version) {
    execute("DELETE FROM schema_history WHERE version = ?", version);
  }

  private void execute(String statement, Object... values) {
    try {
      dsl.execute(statement, values);
    } catch (DataAccessException e) {
      throw PostgresErrors.translated(UNWRITTEN, e);
    }
  }

  @Override
  public void clear() {
    try {
      dsl.transaction((Configuration transaction) -> {
        var in = transaction.dsl();
        in.execute("SET LOCAL lock_timeout = '" + LOCK_TIMEOUT + "'");
        List<String> drops = in.resultQuery(raw(DROPS)).fetch(row -> row.get(0, String.class));
        drops.forEach(drop -> in.execute(raw(drop)));
        in.execute("DELETE FROM schema_history");
      });
    } catch (DataAccessException e) {
      throw PostgresErrors.translated("nothing was dropped", e);
    }
  }
}
