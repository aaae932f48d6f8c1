package migrate.move.postgres;

import java.util.List;
import org.jooq.DSLContext;

/// A table whose rows are moved.
///
/// @param name as SQL names it, quoted where it must be
/// @param columns those that are not computed from others, quoted
/// @param key the columns of its primary key, quoted; empty when it has none
/// @param keyTypes their types
/// @param pages of its heap, at some time
/// @param bytes with TOAST, without indexes
record Table(
    String name,
    List<String> columns,
    List<String> key,
    List<String> keyTypes,
    long pages,
    long bytes) {
  /// What belongs to the database and not to the system: its own history, and moves.
  static final List<String> NOT_MOVED =
      List.of(
          "schema_history",
          "schema_progress",
          "moves",
          "move_facts",
          "move_events",
          "move_ranges",
          "move_marks",
          "move_controls",
          "move_nodes",
          "move_answers");

  /// Those of the current schema, the largest first.
  static List<Table> of(DSLContext dsl) {
    return dsl.fetch(
            """
            SELECT quote_ident(c.relname) AS name,
              (SELECT array_agg(quote_ident(a.attname) ORDER BY a.attnum) FROM pg_attribute a
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                 AND a.attgenerated = '') AS columns,
              (SELECT array_agg(quote_ident(a.attname) ORDER BY k.n)
               FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, n)
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum) AS key,
              (SELECT array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY k.n)
               FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, n)
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum) AS key_types,
              pg_relation_size(c.oid) / current_setting('block_size')::bigint AS pages,
              pg_table_size(c.oid) AS bytes
            FROM pg_class c
            LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
            WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
              AND NOT c.relispartition AND c.relname <> ALL (?)
              AND c.relname !~ '^vyry_(move|back)_[0-9a-f]{12}$' -- a journal of this move's
            ORDER BY pg_table_size(c.oid) DESC, c.relname
            """,
            (Object) NOT_MOVED.toArray(String[]::new))
        .map(row ->
            new Table(
                row.get(0, String.class),
                List.of(row.get(1, String[].class)),
                list(row.get(2, String[].class)),
                list(row.get(3, String[].class)),
                row.get(4, long.class),
                row.get(5, long.class)));
  }

  private static List<String> list(String[] names) {
    return names == null ? List.of() : List.of(names);
  }

  String columnList() {
    return String.join(", ", columns);
  }
}
