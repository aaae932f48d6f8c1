package migrate.lint;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import migrate.schema.Directives.Phase;
import migrate.schema.Statement;

/// The rules for what `ALTER TABLE` does to a table that is in use. It remembers over the steps
/// which columns are known to hold no null. For one thread.
final class AlterTable {
  /// Not volatile, so that their value of that moment is kept once for all rows.
  private static final Set<String> STEADY =
      Set.of(
          "NOW",
          "TRANSACTION_TIMESTAMP",
          "STATEMENT_TIMESTAMP",
          "CURRENT_SETTING",
          "LOWER",
          "UPPER",
          "MD5",
          "COALESCE",
          "MAKE_INTERVAL",
          "MAKE_DATE",
          "JSONB_BUILD_OBJECT",
          "JSONB_BUILD_ARRAY",
          "TO_TIMESTAMP",
          "DECODE");

  private static final Set<String> SERIALS =
      Set.of("SERIAL", "BIGSERIAL", "SMALLSERIAL", "SERIAL2", "SERIAL4", "SERIAL8");

  /// `table constraint column` of checks that a column is not null.
  private final Set<List<String>> promised = new LinkedHashSet<>();

  /// `table column` of those that are validated and still there.
  private final Set<List<String>> proved = new LinkedHashSet<>();

  /// Constraints that the step in hand added.
  private final Set<String> added = new TreeSet<>();

  void begin() {
    added.clear();
  }

  void check(Statement statement, String table, Words action, Findings findings) {
    switch (action.at(0)) {
      case "ADD" -> {
        boolean column = action.at(1).equals("COLUMN") || !isConstraint(action.at(1));
        if (column) {
          addColumn(statement, table, action, findings);
        } else {
          addConstraint(statement, table, action, findings);
        }
      }
      case "ALTER" -> alterColumn(statement, table, action, findings);
      case "VALIDATE" -> validate(statement, table, action, findings);
      case "DROP" -> drop(statement, table, action, findings);
      case "RENAME" -> {
        if (!action.at(1).equals("CONSTRAINT")) {
          findings.add(
              statement,
              Rule.RENAME_BREAKS_RUNNING_SERVER,
              "running servers know %s by the old name",
              action.has("RENAME", "TO") ? table : "the column");
        }
      }
      case "SET" -> {
        if (action.at(1, "SCHEMA")) {
          findings.add(
              statement, Rule.RENAME_BREAKS_RUNNING_SERVER, "running servers look for %s", table);
        } else if (Set.of("TABLESPACE", "LOGGED", "UNLOGGED", "ACCESS").contains(action.at(1))) {
          findings.add(statement, Rule.TABLE_REWRITE, "SET %s writes %s anew", action.at(1), table);
        }
      }
      case "DETACH" -> {
        if (!action.has("CONCURRENTLY")) {
          findings.add(statement, Rule.DETACH_BLOCKS, "DETACH keeps everyone out of %s", table);
        }
      }
      default -> {
        // OWNER TO, ENABLE TRIGGER and so on take their lock for a moment.
      }
    }
  }

  private static boolean isConstraint(String word) {
    return Set.of("CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN", "EXCLUDE", "NOT")
        .contains(word);
  }

  private void addColumn(Statement statement, String table, Words action, Findings findings) {
    int i = action.skip(1, "COLUMN", "IF", "NOT", "EXISTS");
    String column = table + "." + action.name(i);
    boolean hasDefault = action.has("DEFAULT");
    boolean generated = action.has("GENERATED");
    if (action.has("NOT", "NULL") && !hasDefault && !generated && !isSerial(action.at(i + 1))) {
      findings.add(
          statement,
          Rule.NOT_NULL_WITHOUT_DEFAULT,
          "%s is NOT NULL and has no DEFAULT: it fails when there are rows, and the running server"
              + " does not fill it",
          column);
    }
    if (isSerial(action.at(i + 1)) || action.has("IDENTITY")) {
      findings.add(statement, Rule.DEFAULT_REWRITES_TABLE, "%s gets a number in every row", column);
    } else if (generated && action.has("STORED")) {
      findings.add(
          statement, Rule.DEFAULT_REWRITES_TABLE, "%s is computed and stored in every row", column);
    } else if (hasDefault && isVolatile(action.from(action.find("DEFAULT") + 1))) {
      findings.add(
          statement,
          Rule.DEFAULT_REWRITES_TABLE,
          "the DEFAULT of %s is not known to be the same for all rows",
          column);
    }
    if (action.has("UNIQUE") || action.has("PRIMARY", "KEY")) {
      findings.add(
          statement, Rule.UNIQUE_BLOCKS_WRITES, "an index of %s is built under a lock", column);
    }
    if (action.has("CHECK")) {
      findings.add(
          statement, Rule.CHECK_SCANS_UNDER_LOCK, "all rows of %s are read under a lock", table);
    }
    if (action.has("REFERENCES") && hasDefault) {
      findings.add(statement, Rule.FOREIGN_KEY_BLOCKS_WRITES, "all rows of %s are checked", table);
    }
  }

  private static boolean isSerial(String type) {
    return SERIALS.contains(type);
  }

  /// Whether a function is called that may give each row another value. A word before a parenthesis
  /// that follows `::` is a type.
  private static boolean isVolatile(Words value) {
    for (int i = 0; i + 1 < value.size(); i++) {
      boolean call = value.at(i + 1).equals("(") && value.at(i).matches("[A-Z_][A-Z_0-9]*");
      boolean end = Set.of("CHECK", "REFERENCES", "COLLATE").contains(value.at(i));
      if (end) {
        return false;
      }
      if (call && !value.at(i - 1).equals("::") && !STEADY.contains(value.at(i))) {
        return true;
      }
    }
    return false;
  }

  private void addConstraint(Statement statement, String table, Words action, Findings findings) {
    boolean named = action.at(1).equals("CONSTRAINT");
    String name = named ? action.name(2) : "";
    var body = action.from(named ? action.afterName(2) : 1);
    boolean notValid = action.has("NOT", "VALID");
    added.add(table + " " + name);
    switch (body.at(0)) {
      case "CHECK" -> {
        var condition = body.inside(1);
        if (condition.size() == 4 && condition.at(1, "IS", "NOT", "NULL")) {
          remember(table, name, condition.name(0), notValid);
        }
        if (!notValid) {
          findings.add(
              statement,
              Rule.CHECK_SCANS_UNDER_LOCK,
              "all rows of %s are read under a lock",
              table);
        }
      }
      case "NOT" -> { // NOT NULL column, since PostgreSQL 18
        remember(table, name, body.name(2), notValid);
        if (!notValid) {
          findings.add(statement, Rule.NOT_NULL_SCANS_UNDER_LOCK, "all rows of %s are read", table);
        }
      }
      case "FOREIGN" -> {
        if (!notValid) {
          findings.add(
              statement,
              Rule.FOREIGN_KEY_BLOCKS_WRITES,
              "writes to %s and to what it references wait until all rows are checked",
              table);
        }
      }
      case "UNIQUE", "PRIMARY" -> {
        if (!action.has("USING", "INDEX")) {
          findings.add(
              statement,
              Rule.UNIQUE_BLOCKS_WRITES,
              "everyone is kept out of %s until its index is built",
              table);
        }
      }
      case "EXCLUDE" ->
          findings.add(
              statement, Rule.EXCLUSION_BLOCKS, "everyone is kept out of %s meanwhile", table);
      default -> {
        // What is no constraint that is known here, PostgreSQL will refuse.
      }
    }
  }

  private void remember(String table, String name, String column, boolean notValid) {
    promised.add(List.of(table, name, column));
    if (!notValid) {
      proved.add(List.of(table, column));
    }
  }

  private void validate(Statement statement, String table, Words action, Findings findings) {
    String name = action.name(2);
    proved.addAll(promisedBy(table, name));
    if (findings.step().directives().transaction() && added.contains(table + " " + name)) {
      findings.add(
          statement, Rule.VALIDATED_UNDER_LOCK, "%s is validated where it was added", name);
    }
  }

  /// `table column` of what the constraint says is not null.
  private Set<List<String>> promisedBy(String table, String constraint) {
    return promised.stream()
        .filter(p -> p.get(0).equals(table) && p.get(1).equals(constraint))
        .map(p -> List.of(table, p.get(2)))
        .collect(Collectors.toSet());
  }

  private void alterColumn(Statement statement, String table, Words action, Findings findings) {
    if (action.at(1).equals("CONSTRAINT")) {
      return;
    }
    int i = action.skip(1, "COLUMN");
    String column = action.name(i);
    var change = action.from(i + 1);
    if (change.starts("TYPE") || change.starts("SET", "DATA", "TYPE")) {
      findings.add(
          statement,
          Rule.TYPE_CHANGE_REWRITES_TABLE,
          "the type of %s.%s changes: the table and its indexes are written anew under a lock",
          table,
          column);
    } else if (change.starts("SET", "NOT", "NULL") && !proved.contains(List.of(table, column))) {
      findings.add(
          statement,
          Rule.NOT_NULL_SCANS_UNDER_LOCK,
          "all rows of %s are read under a lock for nulls in %s",
          table,
          column);
    } else if (change.starts("SET", "EXPRESSION")) {
      findings.add(
          statement, Rule.TABLE_REWRITE, "%s.%s is computed anew in every row", table, column);
    } else if (change.starts("ADD", "GENERATED")) {
      findings.add(statement, Rule.DEFAULT_REWRITES_TABLE, "%s.%s gets an identity", table, column);
    }
  }

  private void drop(Statement statement, String table, Words action, Findings findings) {
    if (action.has("CASCADE")) {
      findings.add(statement, Rule.DROP_CASCADES, "DROP … CASCADE");
    }
    boolean column = !action.at(1).equals("CONSTRAINT");
    if (!column) {
      proved.removeAll(promisedBy(table, action.name(action.skip(2, "IF", "EXISTS"))));
    }
    if (column && findings.step().directives().phase() != Phase.CONTRACT) {
      String name = action.name(action.skip(1, "COLUMN", "IF", "EXISTS"));
      findings.add(
          statement,
          Rule.DROP_BREAKS_RUNNING_SERVER,
          "running servers may still use %s.%s",
          table,
          name);
    }
  }
}
