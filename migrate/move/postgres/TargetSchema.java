package migrate.move.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import migrate.move.MoveTable;
import migrate.schema.PostgresSource;
import migrate.schema.Schema;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/// The schema at the target: made by our own steps, freed of what makes filling it slow, and
/// completed again afterwards. What is still to be built stands in the move's facts.
final class TargetSchema {
  private static final String INDEX = "build:1:index:";
  private static final String KEY = "build:2:key:";
  private static final String REFERENCE = "build:3:reference:";
  private static final String VACUUM = "build:4:vacuum:";

  private TargetSchema() {}

  /// Takes the target to the source's version.
  static void make(Session source, Session target) {
    int version =
        source.dsl().fetchSingle("SELECT max(version) FROM schema_history").get(0, int.class);
    Schema.postgres()
        .run(PostgresSource.of(target.url()), runner -> runner.up(OptionalInt.of(version), true));
  }

  /// Drops indexes, keys and references of the empty tables, and remembers them, in one
  /// transaction. Does nothing the second time.
  static void strip(Session target, UUID move) {
    target
        .dsl()
        .transaction(configuration -> {
          DSLContext dsl = configuration.dsl();
          var facts = new MoveTable(dsl);
          if (facts.fact(move, "stripped").isPresent()) {
            return;
          }
          List<String> drops = new ArrayList<>();
          int n = 0;
          for (var row : dsl.fetch(CONSTRAINTS, (Object) Table.NOT_MOVED.toArray(String[]::new))) {
            String table = row.get(0, String.class);
            String name = row.get(1, String.class);
            boolean reference = row.get(2, String.class).equals("f");
            String add = "ALTER TABLE %s ADD CONSTRAINT %s ".formatted(table, name);
            drops.add("ALTER TABLE %s DROP CONSTRAINT %s".formatted(table, name));
            String id = "%04d".formatted(n++);
            if (reference) {
              facts.put(move, REFERENCE + id + "a", add + row.get(3, String.class) + " NOT VALID");
              facts.put(
                  move,
                  REFERENCE + id + "b",
                  "ALTER TABLE %s VALIDATE CONSTRAINT %s".formatted(table, name));
            } else {
              facts.put(move, INDEX + id, row.get(4, String.class));
              String kind = row.get(2, String.class).equals("p") ? "PRIMARY KEY" : "UNIQUE";
              facts.put(move, KEY + id, add + kind + " USING INDEX " + name);
            }
          }
          for (var row : dsl.fetch(INDEXES, (Object) Table.NOT_MOVED.toArray(String[]::new))) {
            facts.put(move, INDEX + "%04d".formatted(n++), row.get(1, String.class));
            drops.add("DROP INDEX " + row.get(0, String.class));
          }
          // What is being filled is vacuumed afterwards, once; and building would wait for that.
          for (var row : dsl.fetch(TABLES, (Object) Table.NOT_MOVED.toArray(String[]::new))) {
            String alter = "ALTER TABLE " + row.get(0, String.class);
            facts.put(move, VACUUM + "%04d".formatted(n++), alter + " RESET (autovacuum_enabled)");
            drops.add(alter + " SET (autovacuum_enabled = off)");
          }
          // References first: a key that is referred to can't go before them.
          drops.forEach(drop -> dsl.execute(DSL.raw(drop)));
          facts.put(move, "stripped", "yes");
        });
  }

  private static final String CONSTRAINTS =
      """
      SELECT quote_ident(r.relname), quote_ident(c.conname), c.contype,
        pg_get_constraintdef(c.oid), pg_get_indexdef(nullif(c.conindid, 0))
      FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
      WHERE r.relnamespace = current_schema()::regnamespace AND r.relkind = 'r'
        AND c.contype IN ('p', 'u', 'f') AND r.relname <> ALL (?)
        AND NOT c.condeferrable
      ORDER BY c.contype <> 'f', pg_table_size(r.oid) DESC, r.relname, c.conname
      """;

  private static final String TABLES =
      """
      SELECT quote_ident(r.relname) FROM pg_class r
      WHERE r.relnamespace = current_schema()::regnamespace AND r.relkind = 'r'
        AND r.relname <> ALL (?)
        AND coalesce(array_to_string(r.reloptions, ' '), '') !~ 'autovacuum_enabled'
      """;

  private static final String INDEXES =
      """
      SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
      FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid
      WHERE r.relnamespace = current_schema()::regnamespace AND r.relkind = 'r'
        AND r.relname <> ALL (?)
        AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
      ORDER BY 1
      """;

  /// What is still to be built, in the rounds that follow one another: a key takes its index, a
  /// reference needs the key that it refers to, and is checked when it is there; at last the tables
  /// are left to autovacuum.
  static List<List<String>> rounds(MoveTable facts, UUID move) {
    var references = List.copyOf(facts.facts(move, REFERENCE).keySet());
    return List.of(
        List.copyOf(facts.facts(move, INDEX).keySet()),
        List.copyOf(facts.facts(move, KEY).keySet()),
        references.stream().filter(name -> name.endsWith("a")).toList(),
        references.stream().filter(name -> name.endsWith("b")).toList(),
        List.copyOf(facts.facts(move, VACUUM).keySet()));
  }

  /// Builds one of them, and forgets it, in one transaction.
  static void build(Session target, UUID move, String name) {
    target
        .dsl()
        .transaction(configuration -> {
          DSLContext dsl = configuration.dsl();
          var facts = new MoveTable(dsl);
          String statement = facts.fact(move, name).orElse(null);
          if (statement != null) {
            dsl.execute(DSL.raw(statement));
            facts.forget(move, name);
          }
        });
  }
}
