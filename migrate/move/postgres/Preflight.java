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
  private static final long LONG_TRANSACTION_SECONDS = 30;
  private static final long OLD_SCHEMA = 6; // the first version whose servers can be told of a move

  private final Session source;
  private final Session target;
  private final PostgresMoveOptions.Follow follow;
  private final List<Obstacle> found = new ArrayList<>();
  private boolean byTriggers;

  Preflight(Session source, Session target, PostgresMoveOptions.Follow follow) {
    this.source = source;
    this.target = target;
    this.follow = follow;
  }

  List<Obstacle> run() {
    same();
    versions();
    ways();
    owners();
    schema();
    tables();
    strangers();
    encoding();
    extensions();
    target();
    found.addAll(new Disk(source, target).run(!byTriggers));
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

  /// After [#run]: whether changes are to be noted by triggers.
  boolean byTriggers() {
    return byTriggers;
  }

  /// How changes are to be followed, and what stands in the way of that.
  private void ways() {
    if (follow != PostgresMoveOptions.Follow.TRIGGERS) {
      var replication = new Replicable(source, target).run();
      List<Obstacle> stops = replication.stream().filter(Obstacle::fatal).toList();
      if (stops.isEmpty() || follow == PostgresMoveOptions.Follow.REPLICATION) {
        found.addAll(replication);
        return;
      }
      stops.forEach(obstacle ->
          note("no logical replication: " + obstacle.what(), "for that, " + obstacle.wayOut()));
    }
    byTriggers = true;
    note(
        "changes are noted by triggers: until the end each written row costs a small one more",
        "they are made while the system is in use; writes to a table wait for some milliseconds");
    for (Session side : List.of(source, target)) {
      try {
        side.dsl()
            .transaction(configuration ->
                configuration.dsl().execute("SET LOCAL session_replication_role = replica"));
      } catch (org.jooq.exception.DataAccessException _) {
        stop(
            "the %s's user %s may not set session_replication_role"
                .formatted(side.side(), side.url().user()),
            side.version() < 150_000
                ? "before PostgreSQL 15 only a superuser may"
                : "GRANT SET ON PARAMETER session_replication_role TO …");
      }
    }
  }

  private void owners() {
    String foreign =
        source.text(
            "SELECT string_agg(relname, ', ') FROM pg_class"
                + " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
                + " AND NOT pg_has_role(relowner, 'USAGE')");
    if (foreign != null) {
      stop("tables of the source belong to somebody else: " + foreign, "move as their owner");
    }
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

  private static final long MB = 1_000_000;

  static long bytes(Session source, String function) {
    return source.number(
        "SELECT coalesce(sum(%s(oid)), 0) FROM pg_class".formatted(function)
            + " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'");
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
    note(
        "%,d MB, %,d of them indexes, followed by %s"
            .formatted(
                bytes(source, "pg_total_relation_size") / MB,
                bytes(source, "pg_indexes_size") / MB,
                byTriggers ? "triggers" : "logical replication"),
        "writes wait for some %s milliseconds at the cut-over"
            .formatted(byTriggers ? "hundred" : "ten"));
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
