package migrate.schema;

import com.datastax.oss.driver.api.core.CqlSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// A statement that adds columns to a table or drops some: it fails the second time, and not every
/// database knows `ADD IF NOT EXISTS`. So that a step that was broken off behind it can be done
/// again, it is passed over when what it does is done. A value.
///
/// @param columns names, each with its type, which is empty when it is dropped
record CqlColumns(String table, boolean adds, Map<String, String> columns) {
  private static final Pattern FORM =
      Pattern.compile(
          "^ALTER\\s+TABLE\\s+(?:\\w+\\.)?(\\w+)\\s+(ADD|DROP)\\s+(?!IF\\b)(?:COLUMN\\s+)?"
              + "(?:\\((.*)\\)|([^()]*))$",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  /// Empty for every other statement, and for one that says IF [NOT] EXISTS itself.
  static Optional<CqlColumns> of(String statement) {
    var match = FORM.matcher(statement.replaceAll("--[^\n]*|//[^\n]*", " ").strip());
    if (!match.matches()) {
      return Optional.empty();
    }
    boolean adds = match.group(2).equalsIgnoreCase("ADD");
    String list = match.group(3) == null ? match.group(4) : match.group(3);
    var columns = new TreeMap<String, String>();
    for (String part : split(list)) {
      String[] words = part.strip().split("\\s+", 2);
      if (words[0].isEmpty() || adds != words.length > 1) {
        return Optional.empty(); // such as DROP COMPACT STORAGE
      }
      columns.put(name(words[0]), adds ? type(words[1]) : "");
    }
    return Optional.of(new CqlColumns(name(match.group(1)), adds, columns));
  }

  /// At the commas that stand in no type, such as `map<text, int>`.
  private static List<String> split(String list) {
    var parts = new ArrayList<String>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < list.length(); i++) {
      char c = list.charAt(i);
      depth += c == '<' ? 1 : c == '>' ? -1 : 0;
      if (c == ',' && depth == 0) {
        parts.add(list.substring(start, i));
        start = i + 1;
      }
    }
    parts.add(list.substring(start));
    return parts;
  }

  private static String name(String written) {
    return written.startsWith("\"")
        ? written.substring(1, written.length() - 1)
        : written.toLowerCase(Locale.ROOT);
  }

  /// Types are told in lower case and with one blank behind each comma.
  private static String type(String written) {
    return written
        .toLowerCase(Locale.ROOT)
        .replaceAll("\\bstatic\\b", "")
        .replaceAll("\\bvarchar\\b", "text")
        .replaceAll("\\s+", "");
  }

  /// Whether all of it is done.
  boolean done(CqlSession session, String keyspace) {
    var there = new TreeMap<String, String>();
    var rows =
        session.execute(
            "SELECT column_name, type FROM system_schema.columns"
                + " WHERE keyspace_name = ? AND table_name = ?",
            keyspace,
            table);
    rows.forEach(row -> there.put(row.getString(0), type(row.getString(1))));
    if (there.isEmpty()) {
      return false; // there is no such table, which the database says better
    }
    return adds
        ? columns.entrySet().stream().allMatch(c -> c.getValue().equals(there.get(c.getKey())))
        : columns.keySet().stream().noneMatch(there::containsKey);
  }
}
