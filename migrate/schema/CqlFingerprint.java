package migrate.schema;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// What the system tables say of a keyspace's schema, as lines that can be compared: equal lines,
/// equal schemas. Left out: the history and the back-fills' places, the data, and the tables'
/// identifiers.
public final class CqlFingerprint {
  private static final List<String> CATALOGS =
      List.of(
          "tables", "columns", "indexes", "views", "types", "functions", "aggregates", "triggers");

  private static final Set<String> LEFT_OUT = Set.of("keyspace_name", "id", "base_table_id");

  private static final List<String> OWN =
      List.of("table_name=schema_history ", "table_name=" + CqlProgress.TABLE + " ");

  private CqlFingerprint() {}

  /// The lines of a keyspace, sorted.
  public static List<String> lines(CqlSession session, String keyspace) {
    var lines = new ArrayList<String>();
    for (String catalog : CATALOGS) {
      String query = "SELECT * FROM system_schema." + catalog + " WHERE keyspace_name = ?";
      for (var row : session.execute(query, keyspace)) {
        String line = catalog + " " + text(row);
        if (OWN.stream().noneMatch(line::contains)) {
          lines.add(line);
        }
      }
    }
    lines.sort(null);
    return lines;
  }

  private static String text(Row row) {
    var text = new StringBuilder();
    for (var column : row.getColumnDefinitions()) {
      String name = column.getName().asInternal();
      if (!LEFT_OUT.contains(name)) {
        text.append(name).append('=').append(Objects.toString(row.getObject(name))).append(' ');
      }
    }
    return text.toString();
  }
}
