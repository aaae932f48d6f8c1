package migrate.lint;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import migrate.schema.Directives.Phase;
import migrate.schema.Statement;
import migrate.schema.Step;

/// The rules for CQL's statements. Steps come in their order; for one thread.
final class CqlRules {
  /// A clustering column of these has no end of values: time, and numbers that count.
  private static final Set<String> ENDLESS =
      Set.of("TIMESTAMP", "TIMEUUID", "BIGINT", "VARINT", "DATE", "TIME", "COUNTER");

  /// A second part of the partition key of these cuts a partition into pieces.
  private static final Set<String> CUTTING =
      Set.of("INT", "BIGINT", "SMALLINT", "TINYINT", "DATE", "VARINT");

  private static final Pattern BUCKET =
      Pattern.compile(".*(BUCKET|SEGMENT|SHARD|SLOT|DAY|WEEK|MONTH|YEAR|HOUR|DATE|PERIOD).*");

  /// `table.column` of what was dropped so far.
  private final Set<String> dropped = new HashSet<>();

  void check(Step step, Findings findings) {
    for (var statement : step.up()) {
      check(statement, Words.of(statement.text()), findings);
    }
  }

  private void check(Statement statement, Words words, Findings findings) {
    if (words.has("ALLOW", "FILTERING")) {
      findings.add(statement, Rule.ALLOW_FILTERING, "ALLOW FILTERING reads what it throws away");
    }
    if (graceIsZero(words)) {
      findings.add(statement, Rule.GC_GRACE_ZERO, "gc_grace_seconds = 0");
    }
    switch (words.at(0)) {
      case "CREATE" -> create(statement, words, findings);
      case "ALTER" -> alter(statement, words, findings);
      case "DROP" -> drop(statement, words, findings);
      case "TRUNCATE" ->
          findings.add(statement, Rule.TRUNCATE_DELETES, "TRUNCATE empties a table in use");
      default -> {
        // INSERT and so on.
      }
    }
  }

  private static boolean graceIsZero(Words words) {
    int i = words.find("GC_GRACE_SECONDS");
    return i >= 0 && words.at(i + 1, "=", "0");
  }

  private void create(Statement statement, Words words, Findings findings) {
    switch (words.at(1)) {
      case "TABLE" -> table(statement, words, findings);
      case "INDEX", "CUSTOM" ->
          findings.add(
              statement, Rule.INDEX_ASKS_ALL_NODES, "a query by a secondary index asks every node");
      case "MATERIALIZED" -> findings.add(statement, Rule.MATERIALIZED_VIEW, "a materialized view");
      case "KEYSPACE" ->
          findings.add(statement, Rule.KEYSPACE_IN_STEP, "a step works in the keyspace it is in");
      default -> {
        // A type, a function, …
      }
    }
  }

  private void table(Statement statement, Words words, Findings findings) {
    int i = words.skip(2, "IF", "NOT", "EXISTS");
    String table = words.name(i);
    var types = new TreeMap<String, String>();
    List<String> partition = new ArrayList<>();
    List<String> clustering = new ArrayList<>();
    for (var part : words.inside(words.afterName(i)).parts()) {
      if (part.starts("PRIMARY", "KEY")) {
        var key = part.inside(2).parts();
        var first = key.getFirst();
        (first.at(0).equals("(") ? first.inside(0).parts() : List.of(first))
            .forEach(column -> partition.add(column.at(0)));
        key.stream().skip(1).forEach(column -> clustering.add(column.at(0)));
      } else {
        types.put(part.at(0), part.at(1));
        if (part.has("PRIMARY", "KEY")) {
          partition.add(part.at(0));
        }
        if (part.at(1).equals("LIST")) {
          collection(statement, table, part, findings);
        }
      }
    }
    boolean endless = clustering.stream().anyMatch(c -> ENDLESS.contains(types.get(c)));
    boolean expires =
        words.has("DEFAULT_TIME_TO_LIVE") && !words.has("DEFAULT_TIME_TO_LIVE", "=", "0");
    if (endless && !isCut(partition, types) && !expires) {
      findings.add(
          statement,
          Rule.UNBOUNDED_PARTITION,
          "a partition of %s (%s) grows for ever by %s",
          table,
          lower(partition),
          lower(clustering));
    }
  }

  private static boolean isCut(List<String> partition, TreeMap<String, String> types) {
    boolean composite = partition.size() > 1;
    return partition.stream()
        .anyMatch(column ->
            BUCKET.matcher(column).matches()
                || composite && CUTTING.contains(String.valueOf(types.get(column))));
  }

  private static String lower(List<String> columns) {
    return String.join(", ", columns).toLowerCase(Locale.ROOT);
  }

  private static void collection(Statement statement, String table, Words part, Findings findings) {
    findings.add(
        statement,
        Rule.COLLECTION_GROWS,
        "%s.%s is a list that is not frozen",
        table,
        part.name(0));
  }

  private void alter(Statement statement, Words words, Findings findings) {
    if (!words.at(1).equals("TABLE")) {
      if (words.has("RENAME")) {
        findings.add(
            statement, Rule.RENAME_BREAKS_RUNNING_SERVER, "running servers know the old name");
      }
      return;
    }
    int i = words.skip(2, "IF", "EXISTS");
    String table = words.name(i);
    var action = words.from(words.afterName(i));
    int first = action.skip(1, "IF", "NOT", "EXISTS");
    var columns =
        (action.at(first).equals("(") ? action.inside(first) : action.from(first)).parts();
    switch (action.at(0)) {
      case "ADD" -> columns.forEach(column -> added(statement, table, column, findings));
      case "DROP" -> {
        for (var column : columns) {
          dropped.add(table + "." + column.name(0));
          broken(statement, table + "." + column.name(0), findings);
        }
      }
      case "RENAME" ->
          findings.add(
              statement, Rule.RENAME_BREAKS_RUNNING_SERVER, "running servers know the old name");
      case "ALTER" ->
          findings.add(
              statement,
              Rule.TYPE_CHANGE_REWRITES_TABLE,
              "no type of %s can be changed, since its data stays as it was written",
              table);
      default -> {
        // WITH: options can be changed at any time.
      }
    }
  }

  private void added(Statement statement, String table, Words column, Findings findings) {
    if (dropped.contains(table + "." + column.name(0))) {
      findings.add(
          statement,
          Rule.DROPPED_COLUMN_COMES_BACK,
          "%s.%s was dropped by an earlier step",
          table,
          column.name(0));
    }
    if (column.at(1).equals("LIST")) {
      collection(statement, table, column, findings);
    }
  }

  private static void drop(Statement statement, Words words, Findings findings) {
    String name = words.name(words.skip(2, "VIEW", "IF", "EXISTS"));
    if (!words.at(1).equals("INDEX")) {
      broken(statement, name, findings);
    }
  }

  private static void broken(Statement statement, String name, Findings findings) {
    if (findings.step().directives().phase() != Phase.CONTRACT) {
      findings.add(
          statement, Rule.DROP_BREAKS_RUNNING_SERVER, "running servers may still use %s", name);
    }
  }
}
