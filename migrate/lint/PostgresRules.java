package migrate.lint;

import java.util.Set;
import java.util.TreeSet;
import migrate.schema.Directives.Phase;
import migrate.schema.Statement;
import migrate.schema.Step;

/// The rules for PostgreSQL's statements. Which lock a statement takes is in its manual, "Explicit
/// Locking", what rewrites or scans a table under "ALTER TABLE", Notes. Steps come in their order;
/// for one thread.
final class PostgresRules {
  private static final Set<String> SETTINGS = Set.of("LOCK_TIMEOUT", "STATEMENT_TIMEOUT");

  /// What running servers name in their statements.
  private static final Set<String> NAMED =
      Set.of(
          "TABLE",
          "VIEW",
          "MATERIALIZED",
          "FUNCTION",
          "PROCEDURE",
          "TYPE",
          "DOMAIN",
          "SEQUENCE",
          "SCHEMA");

  /// What stands before an UPDATE that is none: locks of rows, and answers to a conflict.
  private static final Set<String> NO_UPDATE = Set.of("FOR", "KEY", "DO");

  private final AlterTable alterTable = new AlterTable();

  /// Tables that the step in hand made: nobody uses them yet.
  private final Set<String> made = new TreeSet<>();

  /// Tables that it found and locks against everyone.
  private final Set<String> locked = new TreeSet<>();

  void check(Step step, Findings findings) {
    made.clear();
    locked.clear();
    alterTable.begin();
    for (var statement : step.up()) {
      check(statement, Words.of(statement.text()), findings);
    }
  }

  private void check(Statement statement, Words words, Findings findings) {
    if (words.has("CONCURRENTLY") && findings.step().directives().transaction()) {
      findings.add(
          statement, Rule.CONCURRENTLY_IN_TRANSACTION, "CONCURRENTLY within a transaction");
    }
    switch (words.at(0)) {
      case "CREATE" -> create(statement, words, findings);
      case "ALTER" -> alter(statement, words, findings);
      case "DROP" -> drop(statement, words, findings);
      case "UPDATE", "DELETE", "MERGE" -> mass(statement, words, findings);
      case "WITH" -> with(statement, words, findings);
      case "TRUNCATE" -> {
        if (!made.contains(words.name(words.skip(1, "TABLE", "ONLY")))) {
          findings.add(statement, Rule.TRUNCATE_DELETES, "TRUNCATE empties a table in use");
        }
      }
      case "LOCK" -> findings.add(statement, Rule.LOCK_TABLE, "LOCK keeps everyone out");
      case "CLUSTER" -> findings.add(statement, Rule.TABLE_REWRITE, "CLUSTER rewrites the table");
      case "VACUUM" -> {
        if (words.has("FULL")) {
          findings.add(statement, Rule.TABLE_REWRITE, "VACUUM FULL rewrites the table");
        }
      }
      case "REINDEX" -> {
        if (!words.has("CONCURRENTLY")) {
          findings.add(statement, Rule.INDEX_BLOCKS_WRITES, "REINDEX blocks writes");
        }
      }
      case "REFRESH" -> {
        if (!words.has("CONCURRENTLY")) {
          findings.add(statement, Rule.REFRESH_BLOCKS_READS, "the view can't be read meanwhile");
        }
      }
      case "SET" -> {
        if (SETTINGS.contains(words.at(words.skip(1, "LOCAL", "SESSION")))) {
          findings.add(statement, Rule.SESSION_SETTING, "a time limit is set by hand");
        }
      }
      default -> {
        // INSERT, GRANT, COMMENT, DO and so on: nothing is known against them.
      }
    }
  }

  private void create(Statement statement, Words words, Findings findings) {
    int i = words.skip(1, "UNLOGGED", "TEMP", "TEMPORARY", "UNIQUE", "MATERIALIZED");
    if (words.at(i).equals("TABLE")) {
      made.add(words.name(words.skip(i + 1, "IF", "NOT", "EXISTS")));
    } else if (words.at(i).equals("INDEX")) {
      String table = words.name(words.skip(words.find("ON") + 1, "ONLY"));
      if (!words.has("CONCURRENTLY") && !made.contains(table)) {
        findings.add(
            statement,
            Rule.INDEX_BLOCKS_WRITES,
            "CREATE INDEX keeps writes to %s out until it is built",
            table);
      }
    }
  }

  private void alter(Statement statement, Words words, Findings findings) {
    switch (words.at(1)) {
      case "TABLE", "FOREIGN" -> {
        int i = words.skip(1, "FOREIGN", "TABLE", "IF", "EXISTS", "ONLY");
        String table = words.name(i);
        if (made.contains(table)) {
          return;
        }
        lock(statement, table, findings);
        int actions = words.skip(words.afterName(i), "*");
        words
            .from(actions)
            .parts()
            .forEach(action -> alterTable.check(statement, table, action, findings));
      }
      case "VIEW",
          "MATERIALIZED",
          "TYPE",
          "DOMAIN",
          "FUNCTION",
          "PROCEDURE",
          "SEQUENCE",
          "SCHEMA" -> {
        domain(statement, words, findings);
        if (words.has("RENAME", "TO")
            || words.has("RENAME", "VALUE")
            || words.has("SET", "SCHEMA")) {
          findings.add(
              statement, Rule.RENAME_BREAKS_RUNNING_SERVER, "running servers know the old name");
        }
      }
      default -> {
        // An index, a role, …: no statement of a server names it.
      }
    }
  }

  /// Its constraint is one of every column that has it.
  private void domain(Statement statement, Words words, Findings findings) {
    var change = words.from(words.afterName(2));
    boolean constraint = change.starts("ADD") && !change.has("NOT", "VALID");
    if (words.at(1).equals("DOMAIN") && (constraint || change.starts("SET", "NOT", "NULL"))) {
      findings.add(
          statement,
          Rule.CHECK_SCANS_UNDER_LOCK,
          "all tables with a column of %s are read under locks",
          words.name(2));
    }
  }

  private void drop(Statement statement, Words words, Findings findings) {
    if (words.has("CASCADE")) {
      findings.add(statement, Rule.DROP_CASCADES, "DROP … CASCADE");
    }
    String what = words.at(1);
    if (what.equals("INDEX")) {
      if (!words.has("CONCURRENTLY")) {
        findings.add(
            statement, Rule.DROP_INDEX_BLOCKS, "DROP INDEX keeps everyone out of the table");
      }
    } else if (NAMED.contains(what)) {
      String name = words.name(words.skip(2, "VIEW", "IF", "EXISTS"));
      if (what.equals("TABLE") && !made.contains(name)) {
        lock(statement, name, findings);
      }
      if (findings.step().directives().phase() != Phase.CONTRACT && !made.contains(name)) {
        findings.add(
            statement, Rule.DROP_BREAKS_RUNNING_SERVER, "running servers may still use %s", name);
      }
    }
  }

  private void with(Statement statement, Words words, Findings findings) {
    for (int i = 1; i < words.size(); i++) {
      boolean update = words.at(i).equals("UPDATE") && !NO_UPDATE.contains(words.at(i - 1));
      if (update || words.at(i, "DELETE", "FROM") || words.at(i, "MERGE", "INTO")) {
        mass(statement, words.from(i), findings);
      }
    }
  }

  private void mass(Statement statement, Words words, Findings findings) {
    String table = words.name(words.skip(1, "FROM", "INTO", "ONLY"));
    if (findings.step().directives().backfill().isEmpty() && !made.contains(table)) {
      findings.add(statement, Rule.MASS_UPDATE, "%s of %s in one go", words.at(0), table);
    }
  }

  private void lock(Statement statement, String table, Findings findings) {
    locked.add(table);
    if (locked.size() > 1 && findings.step().directives().transaction()) {
      findings.add(
          statement,
          Rule.SEVERAL_TABLES_LOCKED,
          "one transaction locks %s",
          String.join(" and ", locked));
    }
  }
}
