package migrate.move.postgres;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/// Copies single rows again that were found to differ.
///
/// Both rows are locked while it is done, the one that counts against its writers, the copy's whole
/// table against what is being followed; a change of the row that is still on its way would be of
/// before the lock, and was waited for when the row was found.
///
/// @param truth the side that counts
record Mending(Session truth, Session copy) {
  /// @return how many rows were written or removed
  int mend(List<Table> tables, List<Comparison.Difference> differences) {
    Map<String, Table> byName = new HashMap<>();
    tables.forEach(table -> byName.put(table.name(), table));
    int mended = 0;
    for (var difference : differences) {
      mend(byName.get(difference.table()), difference.key().toArray(String[]::new));
      mended++;
    }
    return mended;
  }

  private void mend(Table table, String[] key) {
    String where =
        IntStream.range(0, key.length)
            .mapToObj(i -> table.key().get(i) + " = ?::" + table.keyTypes().get(i))
            .collect(Collectors.joining(" AND "));
    truth
        .dsl()
        .transaction(configuration -> {
          DSLContext from = configuration.dsl();
          String row =
              from.fetchOptional(
                      "SELECT to_jsonb(t)::text FROM %s t WHERE %s FOR UPDATE"
                          .formatted(table.name(), where),
                      (Object[]) key)
                  .map(r -> r.get(0, String.class))
                  .orElse(null);
          copy.dsl()
              .transaction(inner -> {
                DSLContext to = inner.dsl();
                to.execute(DSL.raw("LOCK TABLE " + table.name() + " IN SHARE ROW EXCLUSIVE MODE"));
                // Not a change of the application's: no fence refuses it, nothing follows from it.
                to.execute("SET LOCAL session_replication_role = replica");
                to.execute("DELETE FROM " + table.name() + " WHERE " + where, (Object[]) key);
                if (row != null) {
                  to.execute(
                      "INSERT INTO %s (%s) SELECT %s FROM jsonb_populate_record(NULL::%s, ?::jsonb)"
                          .formatted(
                              table.name(), table.columnList(), table.columnList(), table.name()),
                      row);
                }
              });
        });
  }
}
