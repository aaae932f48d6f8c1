package migrate.move.postgres;

import fixtures.urls.EnvironmentError;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;

/// One direction in which changes are followed without logical replication: triggers note the keys
/// of changed rows in a table, and whoever follows copies those rows as they are then.
///
/// All that is noted is taken in one snapshot of `from` and written in one transaction to `to`,
/// which so goes from one state that `from` was in to a later one: nothing that holds there
/// (uniqueness, references) is broken here, and what is done twice is the same. Only the mover
/// follows; while none runs, notes are kept.
///
/// @param name of the table, the functions and the triggers
record Journal(Session from, Session to, String name) implements Feed {
  private static final int ROWS_AT_ONCE = 500; // some hundred kilobytes of messages
  private static final int LOCK_TRIES = 40; // 20 s: somebody's transaction is longer than usual
  private static final long BETWEEN_MILLIS = 200; // in which writers that waited behind get on

  @Override
  public void publish(List<Table> tables) {
    from.dsl().execute(DSL.raw("CREATE TABLE IF NOT EXISTS " + name + " (part text, key text[])"));
    for (Table table : tables) {
      briefly(dsl -> watch(dsl, table));
    }
  }

  /// A lock on a table that is in use is asked for patiently: whoever waits for it keeps others
  /// waiting.
  private void briefly(java.util.function.Consumer<DSLContext> work) {
    for (int i = 1; ; i++) {
      try {
        from.dsl()
            .transaction(configuration -> {
              configuration.dsl().execute("SET LOCAL lock_timeout = '300ms'");
              work.accept(configuration.dsl());
            });
        return;
      } catch (DataAccessException e) {
        if (i == LOCK_TRIES || !"55P03".equals(e.sqlState())) { // lock_not_available
          throw e;
        }
        Pause.millis(BETWEEN_MILLIS);
      }
    }
  }

  private String function(Table table) {
    return name + "_" + table.name().replace("\"", "");
  }

  private void watch(DSLContext dsl, Table table) {
    if (dsl.fetchSingle(
                "SELECT count(*) FROM pg_trigger WHERE tgname = ? AND tgrelid = ?::regclass",
                name + "_d",
                table.name())
            .get(0, long.class)
        > 0) {
      return;
    }
    String key =
        table.key().stream().map(c -> "r." + c + "::text").collect(Collectors.joining(", "));
    String note = "INSERT INTO %s (part, key) ".formatted(name);
    String keys = "SELECT %s, ARRAY[%s] FROM %s r";
    String old = keys.formatted(Session.literal(table.name()), key, "old_rows");
    String fresh = keys.formatted(Session.literal(table.name()), key, "new_rows");
    var all = new StringBuilder();
    // With the mover's own rights: whoever writes need not be allowed to note it.
    all.append("CREATE OR REPLACE FUNCTION ")
        .append(function(table))
        .append(
            "() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS"
                + " $$ BEGIN IF TG_OP = 'INSERT' THEN ")
        .append(note + fresh)
        .append("; ELSIF TG_OP = 'DELETE' THEN ")
        .append(note + old)
        .append("; ELSE ") // the key rarely changes: then one note does for both
        .append(note + old + " UNION " + fresh)
        .append("; END IF; RETURN NULL; END $$");
    trigger(all, table, "i", "INSERT", "NEW TABLE AS new_rows");
    trigger(all, table, "u", "UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows");
    trigger(all, table, "d", "DELETE", "OLD TABLE AS old_rows");
    dsl.execute(DSL.raw(all.toString()));
  }

  private void trigger(StringBuilder all, Table table, String suffix, String event, String rows) {
    all.append("; CREATE TRIGGER %s_%s AFTER %s ON %s".formatted(name, suffix, event, table.name()))
        .append(" REFERENCING ")
        .append(rows)
        .append(" FOR EACH STATEMENT EXECUTE FUNCTION ")
        .append(function(table))
        .append("()");
  }

  @Override
  public Snapshot take(UUID move) {
    return SnapshotHolder.start(from, to, move, SnapshotHolder.NO_SLOT);
  }

  @Override
  public boolean whole() {
    return from.number("SELECT count(*) FROM pg_class WHERE relname = ?", name) > 0;
  }

  @Override
  public void subscribe(boolean enabled, boolean ownOnly) {
    // What the mover writes to the other side fires no trigger there.
  }

  @Override
  public void keep() {
    // Changes have been noted since #publish.
  }

  @Override
  public void forget() {
    // What came from the other side is not noted.
  }

  @Override
  public boolean tellsOrigin() {
    return true;
  }

  @Override
  public void enable() {
    // Whoever wants it to be current asks for that by #pass.
  }

  /// All that was committed before the mark can be seen here, and is followed.
  @Override
  public void await(UUID move, long mark, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    try (var here = from.another();
        var there = to.another()) {
      // Before the transaction, whose snapshot must be of behind another one's end.
      here.dsl().execute("SELECT pg_advisory_lock(hashtextextended(?, 0))", name);
      here.connection().setAutoCommit(false);
      here.connection().setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      there.connection().setAutoCommit(false);
      follow(here, there, end);
    } catch (SQLException e) {
      throw new EnvironmentError("changes can't be followed: " + e.getMessage(), e);
    }
  }

  private void follow(Session here, Session there, long end) throws SQLException {
    List<Table> tables = Table.of(here.dsl());
    List<String> noted =
        here.dsl().fetch("SELECT DISTINCT part FROM " + name).map(row -> row.get(0, String.class));
    tables = tables.stream().filter(table -> noted.contains(table.name())).toList();
    if (tables.isEmpty()) {
      return;
    }
    there.dsl().execute("SET LOCAL session_replication_role = replica");
    for (Table table : tables) {
      lazily(
          here,
          "SELECT DISTINCT key FROM " + name + " WHERE part = ?",
          table,
          end,
          rows -> there.dsl().execute(delete(table), arrays(table, rows)));
    }
    for (Table table : tables) {
      String insert =
          "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM"
                  .formatted(table.name(), table.columnList(), table.columnList())
              + " jsonb_populate_recordset(NULL::%s, ?::jsonb)".formatted(table.name());
      lazily(
          here,
          "SELECT to_jsonb(t)::text FROM (SELECT DISTINCT key FROM %s WHERE part = ?) k JOIN %s t ON %s"
              .formatted(name, table.name(), same(table, i -> "k.key[" + (i + 1) + "]")),
          table,
          end,
          rows ->
              there
                  .dsl()
                  .execute(
                      insert,
                      rows.stream()
                          .map(row -> row.get(0, String.class))
                          .collect(Collectors.joining(",", "[", "]"))));
    }
    there.connection().commit();
    here.dsl().execute("DELETE FROM " + name); // those that this transaction sees
    here.connection().commit();
  }

  private static String same(Table table, java.util.function.IntFunction<String> value) {
    return IntStream.range(0, table.key().size())
        .mapToObj(i ->
            "t." + table.key().get(i) + " = " + value.apply(i) + "::" + table.keyTypes().get(i))
        .collect(Collectors.joining(" AND "));
  }

  private static String delete(Table table) {
    int n = table.key().size();
    return "DELETE FROM %s t USING unnest(%s) AS k (%s) WHERE %s"
        .formatted(
            table.name(),
            IntStream.range(0, n).mapToObj(_ -> "?::text[]").collect(Collectors.joining(", ")),
            IntStream.range(0, n).mapToObj(i -> "k" + i).collect(Collectors.joining(", ")),
            same(table, i -> "k.k" + i));
  }

  private static Object[] arrays(Table table, List<Record> rows) {
    return IntStream.range(0, table.key().size())
        .mapToObj(
            i -> rows.stream().map(row -> row.get(0, String[].class)[i]).toArray(String[]::new))
        .toArray();
  }

  /// Does something with some rows at a time, however many there are.
  private static void lazily(
      Session here,
      String query,
      Table table,
      long end,
      java.util.function.Consumer<List<Record>> work) {
    List<Record> some = new ArrayList<>();
    try (var cursor =
        here.dsl().resultQuery(query, table.name()).fetchSize(ROWS_AT_ONCE).fetchLazy()) {
      for (Record row : cursor) {
        some.add(row);
        if (some.size() == ROWS_AT_ONCE) {
          work.accept(some);
          some.clear();
          if (System.nanoTime() - end > 0) {
            throw new EnvironmentError("more was written than could be followed in time");
          }
        }
      }
    }
    if (!some.isEmpty()) {
      work.accept(some);
    }
  }

  @Override
  public void remove() {
    for (Table table : Table.of(from.dsl())) {
      briefly(dsl -> {
        var all = new StringBuilder();
        for (String suffix : List.of("i", "u", "d")) {
          all.append("DROP TRIGGER IF EXISTS %s_%s ON %s; ".formatted(name, suffix, table.name()));
        }
        dsl.execute(DSL.raw(all + "DROP FUNCTION IF EXISTS " + function(table) + "()"));
      });
    }
    from.dsl().execute(DSL.raw("DROP TABLE IF EXISTS " + name));
  }
}
