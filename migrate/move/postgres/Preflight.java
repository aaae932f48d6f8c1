package migrate.move.postgres;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import migrate.move.Obstacle;

/// Everything that stands in the way of a move from one PostgreSQL to another, found at once.
/// Changes nothing.
final class Preflight {
  private static final int OLDEST = 140_000; // what our schema needs, and range scans by ctid
  private static final int SUBSCRIBE_ROLE_SINCE = 160_000; // pg_create_subscription
  private static final long LONG_TRANSACTION_SECONDS = 30;
  private static final long OLD_SCHEMA = 6; // the first version whose servers can be told of a move

  private final Session source;
  private final Session target;
  private final List<Obstacle> found = new ArrayList<>();

  Preflight(Session source, Session target) {
    this.source = source;
    this.target = target;
  }

  List<Obstacle> run() {
    same();
    versions();
    settings();
    rights();
    schema();
    tables();
    strangers();
    encoding();
    extensions();
    target();
    transactions();
    notes();
    return found;
  }

  private void stop(String what, String wayOut) {
    found.add(new Obstacle(true, what, wayOut));
  }

  private void note(String what, String wayOut) {
    found.add(new Obstacle(false, what, wayOut));
  }

  private static String place(Session session) {
    return session.text(
        "SELECT (SELECT system_identifier FROM pg_control_system())::text || ' '"
            + " || current_database() || ' ' || coalesce(current_schema(), '')");
  }

  private void same() {
    try {
      if (place(source).equals(place(target))) {
        stop("source and target are one database", "give another one with --to");
      }
    } catch (org.jooq.exception.DataAccessException _) {
      // No right to ask for the identifier: a target in use is found below all the same.
    }
  }

  private void versions() {
    for (Session side : List.of(source, target)) {
      if (side.version() < OLDEST) {
        stop(
            "the %s is PostgreSQL %d".formatted(side.side(), side.version() / 10_000),
            "14 or later is needed");
      }
    }
    if (target.version() / 10_000 < source.version() / 10_000) {
      note(
          "the target is PostgreSQL %d, older than the source's %d"
              .formatted(target.version() / 10_000, source.version() / 10_000),
          "it works with what our schema uses; newer is the usual way");
    }
  }

  private void settings() {
    for (Session side : List.of(source, target)) {
      String level = side.text("SHOW wal_level");
      if (!level.equals("logical")) {
        stop(
            "wal_level of the %s is %s".formatted(side.side(), level),
            "ALTER SYSTEM SET wal_level = logical, and restart it"
                + (side == target ? " (it is needed for the way back)" : ""));
      }
      room(side, "max_replication_slots", "SELECT count(*) FROM pg_replication_slots", 1);
      room(side, "max_wal_senders", "SELECT count(*) FROM pg_stat_replication", 2);
      room(side, "max_logical_replication_workers", "SELECT count(*) FROM pg_subscription", 1);
    }
    String keep = source.text("SHOW max_slot_wal_keep_size");
    if (!keep.equals("-1")) {
      note(
          "max_slot_wal_keep_size of the source is " + keep,
          "if more WAL than that is written during the copy, the move has to begin again");
    }
  }

  private void room(Session side, String setting, String used, int needed) {
    long most = side.number("SELECT current_setting(?)::bigint", setting);
    long free = most - side.number(used);
    if (free < needed) {
      stop(
          "%s of the %s is %d, of which %d are free".formatted(setting, side.side(), most, free),
          "raise it by %d and restart the server".formatted(needed - free));
    }
  }

  private void rights() {
    for (Session side : List.of(source, target)) {
      boolean superuser = flag(side, "rolsuper");
      if (!superuser && !flag(side, "rolreplication")) {
        stop(
            "the %s's user %s may not replicate".formatted(side.side(), side.url().user()),
            "ALTER ROLE … REPLICATION");
      }
      if (!superuser
          && (side.version() < SUBSCRIBE_ROLE_SINCE
              || side.number(
                      "SELECT count(*) WHERE pg_has_role(current_user, 'pg_create_subscription',"
                          + " 'member')")
                  == 0)) {
        stop(
            "the %s's user %s may not make subscriptions".formatted(side.side(), side.url().user()),
            side.version() < SUBSCRIBE_ROLE_SINCE
                ? "before PostgreSQL 16 only a superuser may"
                : "GRANT pg_create_subscription TO …");
      }
      if (side.number("SELECT count(*) WHERE has_database_privilege(current_database(), 'CREATE')")
          == 0) {
        stop(
            "the %s's user %s may not make publications".formatted(side.side(), side.url().user()),
            "GRANT CREATE ON DATABASE …");
      }
    }
    String foreign =
        source.text(
            "SELECT string_agg(relname, ', ') FROM pg_class"
                + " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
                + " AND NOT pg_has_role(relowner, 'USAGE')");
    if (foreign != null) {
      stop("tables of the source belong to somebody else: " + foreign, "move as their owner");
    }
  }

  private static boolean flag(Session side, String column) {
    return side.number("SELECT count(*) FROM pg_roles WHERE rolname = current_user AND " + column)
        > 0;
  }

  private void schema() {
    if (source.text("SELECT to_regclass('schema_history')::text") == null) {
      stop("the source has no schema of ours", "give the database of the servers");
      return;
    }
    long version = source.number("SELECT coalesce(max(version), 0) FROM schema_history");
    if (version < OLD_SCHEMA) {
      stop(
          "the source's schema is at version %04d".formatted(version),
          "migrate@catalog up takes it to one whose servers can be told of a move");
      return;
    }
    String other =
        source.text(
            "SELECT string_agg(subject, ', ') FROM moves"
                + " WHERE phase NOT IN ('finished', 'rolled-back', 'aborted')");
    if (other != null) {
      stop(
          "a move of %s is under way, whose state is kept in the source".formatted(other),
          "finish it first, or abort it");
    }
  }

  private void tables() {
    for (Table table : Table.of(source.dsl())) {
      if (table.key().isEmpty()) {
        stop(
            "the table %s has no primary key".formatted(table.name()),
            "give it one, by which its changes can be followed");
      }
    }
    String identity =
        source.text(
            "SELECT string_agg(relname, ', ') FROM pg_class"
                + " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
                + " AND relreplident = 'n'");
    if (identity != null) {
      stop("REPLICA IDENTITY is NOTHING for " + identity, "ALTER TABLE … REPLICA IDENTITY DEFAULT");
    }
    String unlogged =
        source.text(
            "SELECT string_agg(relname, ', ') FROM pg_class"
                + " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
                + " AND relpersistence = 'u'");
    if (unlogged != null) {
      stop("tables are unlogged: " + unlogged, "ALTER TABLE … SET LOGGED, or drop them");
    }
  }

  /// What our steps don't make, and so the target won't have.
  private void strangers() {
    kind("partitioned tables", "c.relkind = 'p'");
    kind("materialized views", "c.relkind = 'm'");
    kind("foreign tables", "c.relkind = 'f'");
    try {
      long objects = source.number("SELECT count(*) FROM pg_largeobject_metadata");
      if (objects > 0) {
        stop(
            "the source has %d large objects, which logical replication does not carry"
                .formatted(objects),
            "our servers make none: move them by themselves, or remove them");
      }
    } catch (org.jooq.exception.DataAccessException _) {
      note("large objects can't be looked for", "our servers make none");
    }
  }

  private void kind(String what, String condition) {
    String names =
        source.text(
            "SELECT string_agg(c.relname, ', ') FROM pg_class c"
                + " WHERE c.relnamespace = current_schema()::regnamespace AND "
                + condition);
    if (names != null) {
      stop("the source has %s: %s".formatted(what, names), "no step of ours makes them: drop them");
    }
  }

  private void encoding() {
    String query =
        "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname ="
            + " current_database()";
    if (!source.text(query).equals(target.text(query))) {
      stop(
          "the source's encoding is %s, the target's %s"
              .formatted(source.text(query), target.text(query)),
          "CREATE DATABASE … ENCODING");
    }
    String collation =
        "SELECT datcollate || ' ' || datctype FROM pg_database WHERE datname ="
            + " current_database()";
    if (!source.text(collation).equals(target.text(collation))) {
      note(
          "the source sorts by %s, the target by %s"
              .formatted(source.text(collation), target.text(collation)),
          "indexes are built anew, and our keys are not texts that people sort");
    }
  }

  private void extensions() {
    String query = "SELECT extname FROM pg_extension ORDER BY 1";
    Set<String> there =
        new HashSet<>(source.dsl().fetch(query).map(row -> row.get(0, String.class)));
    there.removeAll(
        target
            .dsl()
            .fetch("SELECT name FROM pg_available_extensions")
            .map(row -> row.get(0, String.class)));
    if (!there.isEmpty()) {
      note(
          "the target does not have the extensions "
              + there.stream().sorted().collect(Collectors.joining(", ")),
          "our schema uses none");
    }
  }

  private void target() {
    if (target.text("SELECT pg_is_in_recovery()::text").equals("true")) {
      stop("the target is a standby", "give a primary");
    }
    for (Table table : Table.of(target.dsl())) {
      if (target
          .dsl()
          .fetchSingle("SELECT EXISTS (SELECT FROM " + table.name() + ")")
          .get(0, boolean.class)) {
        stop(
            "the target's table %s has rows".formatted(table.name()),
            "give an empty database: CREATE DATABASE …, or migrate@catalog fresh");
      }
    }
  }

  private void transactions() {
    String open =
        source.text(
            "SELECT string_agg(format('session %s (%s, %s s)', pid, application_name,"
                + " extract(epoch FROM now() - xact_start)::integer), ', ') FROM pg_stat_activity"
                + " WHERE xact_start < now() - make_interval(secs => ?) AND backend_type ="
                + " 'client backend' AND pid <> pg_backend_pid()",
            (double) LONG_TRANSACTION_SECONDS);
    if (open != null) {
      note("transactions are open at the source: " + open, "the copy begins when they have ended");
    }
    String prepared = source.text("SELECT string_agg(gid, ', ') FROM pg_prepared_xacts");
    if (prepared != null) {
      stop("transactions are prepared at the source: " + prepared, "COMMIT or ROLLBACK PREPARED");
    }
  }

  private void notes() {
    long bytes = Table.of(source.dsl()).stream().mapToLong(Table::bytes).sum();
    note(
        "%,d MB of tables, followed by logical replication".formatted(bytes / 1_000_000),
        "the target needs about twice that; writes wait for some ten milliseconds at the cut-over");
    String settings =
        source.text(
            "SELECT string_agg(array_to_string(setconfig, ', '), ', ') FROM pg_db_role_setting"
                + " WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname ="
                + " current_database())");
    if (settings != null) {
      note("the database has settings of its own: " + settings, "set them at the target as well");
    }
  }
}
