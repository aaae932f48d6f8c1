package migrate.backup;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jooq.DSLContext;

/// The tables that a backup has, and a checksum of each: the same rows give the same sum, in
/// whatever order and on whatever server.
final class TableSums {
  /// What tells of moves would send servers to the databases of then; the history is the steps'.
  private static final String LEFT_OUT =
      "(relname = 'moves' OR relname LIKE 'move\\_%' OR relname LIKE 'schema\\_%')";

  private TableSums() {}

  /// @param rows how many
  /// @param sum of two hashes of each row's text
  record Sum(long rows, String sum) {}

  /// The tables, those that others refer to first.
  static List<String> tables(DSLContext dsl) {
    List<String> left =
        new ArrayList<>(
            dsl.fetch(
                    "SELECT relname FROM pg_class WHERE relkind = 'r'"
                        + " AND relnamespace = current_schema()::regnamespace AND NOT "
                        + LEFT_OUT
                        + " ORDER BY relname")
                .map(row -> row.get(0, String.class)));
    var needs =
        dsl.fetch(
                "SELECT c.conrelid::regclass::text, c.confrelid::regclass::text"
                    + " FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid <> c.confrelid")
            .map(row -> Map.entry(row.get(0, String.class), row.get(1, String.class)));
    List<String> ordered = new ArrayList<>();
    while (!left.isEmpty()) {
      List<String> free =
          left.stream()
              .filter(table ->
                  needs.stream()
                      .noneMatch(n -> n.getKey().equals(table) && left.contains(n.getValue())))
              .toList();
      if (free.isEmpty()) {
        throw new IllegalStateException("tables refer to each other in a ring: " + left);
      }
      ordered.addAll(free);
      left.removeAll(free);
    }
    return ordered;
  }

  /// A table's columns by name, separated by commas: their order differs between databases.
  static String columns(DSLContext dsl, String table) {
    return dsl
        .fetch(
            "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = ?::regclass"
                + " AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attname",
            table)
        .map(row -> row.get(0, String.class))
        .stream()
        .collect(Collectors.joining(", "));
  }

  /// Each table's checksum.
  static Map<String, Sum> of(DSLContext dsl, List<String> tables) {
    // A row's text must not depend on the session.
    dsl.execute("SET LOCAL timezone = 'UTC'");
    dsl.execute("SET LOCAL bytea_output = 'hex'");
    dsl.execute("SET LOCAL extra_float_digits = 3");
    Map<String, Sum> sums = new LinkedHashMap<>();
    for (String table : tables) {
      String text = "ROW(" + columns(dsl, table) + ")::text";
      var row =
          dsl.fetchSingle(
              ("SELECT count(*), coalesce(sum(hashtextextended(%1$s, 0)::numeric), 0)::text || '/'"
                      + " || coalesce(sum(hashtextextended(%1$s, 1)::numeric), 0)::text FROM %2$s")
                  .formatted(text, table));
      sums.put(table, new Sum(row.get(0, long.class), row.get(1, String.class)));
    }
    return sums;
  }
}
