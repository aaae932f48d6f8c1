package migrate.move.postgres;

import java.util.List;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;

/// Keeps every writer out of a database that is not the one to write to: a trigger on each table
/// that refuses, whoever writes, the owner and superusers too. What is replicated passes, since
/// triggers are not fired for it (`session_replication_role`).
///
/// Raising it waits for the writers that are at it: `CREATE TRIGGER` takes a lock that no writer's
/// goes along with. So once it stands, all that was ever written is committed or gone.
public final class Fence {
  /// `read_only_sql_transaction`, as a standby says it.
  public static final String SQL_STATE = "25006";

  private static final String TRIGGER = "vyry_moved";

  private Fence() {}

  /// Makes what refuses, before anybody waits.
  ///
  /// @param where the new place, as it may be shown
  public static void prepare(DSLContext dsl, String where) {
    dsl.execute(
        DSL.raw(
            """
            CREATE OR REPLACE FUNCTION vyry_moved() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              RAISE EXCEPTION 'this database is not to be written to: it is being moved, or was'
                USING ERRCODE = '25006', HINT = 'the other one is %s';
            END $$
            """
                .replace("%s", where.replace("'", "''"))));
  }

  /// Has the caller's transaction hold what `VACUUM`, `ANALYZE` and `CREATE INDEX CONCURRENTLY`
  /// want too, but no writer: for these [#raise] would wait, and behind it everybody. An autovacuum
  /// gives up for whoever waits for it, but only after `deadlock_timeout`, 1 s as usual.
  ///
  /// @param tables as SQL names them
  static void holdOff(DSLContext transaction, List<String> tables) {
    transaction.execute("SET LOCAL lock_timeout = '5s'"); // several times that second
    transaction.execute(
        DSL.raw("LOCK TABLE " + String.join(", ", tables) + " IN SHARE UPDATE EXCLUSIVE MODE"));
  }

  /// Raises it, in the caller's transaction, which should end soon: from here on writers wait.
  ///
  /// @param tables as SQL names them
  public static void raise(DSLContext transaction, List<String> tables) {
    // All locks first, in one order: two that raise it at once don't meet halfway. All of it in one
    // go, since each round trip is waited for by everybody.
    var all = new StringBuilder();
    all.append("LOCK TABLE ")
        .append(String.join(", ", tables))
        .append(" IN SHARE ROW EXCLUSIVE MODE");
    for (String table : tables) {
      all.append("; CREATE OR REPLACE TRIGGER ")
          .append(TRIGGER)
          .append(" BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ")
          .append(table)
          .append(" FOR EACH STATEMENT EXECUTE FUNCTION vyry_moved()");
    }
    transaction.execute(DSL.raw(all.toString()));
  }

  /// Raises it before a table that nobody knows, and takes all back: the first time it loads
  /// classes and catalogs, for which nobody should wait. In the session that raises it afterwards.
  static void rehearse(DSLContext dsl) {
    try {
      dsl.transaction(configuration -> {
        DSLContext transaction = configuration.dsl();
        transaction.execute("CREATE TEMPORARY TABLE vyry_rehearsal () ON COMMIT DROP");
        raise(transaction, List.of("vyry_rehearsal"));
      });
    } catch (DataAccessException _) {
      // No right to make temporary tables: it will take a moment longer.
    }
  }

  /// Takes it away; nothing happens when there is none.
  public static void lift(DSLContext dsl) {
    dsl.transaction(configuration -> {
      DSLContext transaction = configuration.dsl();
      var all = new StringBuilder(); // in one go, as above
      for (String table : fenced(transaction)) {
        all.append("DROP TRIGGER IF EXISTS ")
            .append(TRIGGER)
            .append(" ON ")
            .append(table)
            .append("; ");
      }
      transaction.execute(DSL.raw(all + "DROP FUNCTION IF EXISTS vyry_moved()"));
    });
  }

  /// The tables that it stands before.
  public static List<String> fenced(DSLContext dsl) {
    return dsl.fetch(
            "SELECT t.tgrelid::regclass::text FROM pg_trigger t"
                + " JOIN pg_class c ON c.oid = t.tgrelid"
                + " JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE t.tgname = ? AND n.nspname = current_schema() ORDER BY 1",
            TRIGGER)
        .map(row -> row.get(0, String.class));
  }
}
