package migrate.move.postgres;

import java.util.ArrayList;
import java.util.List;
import migrate.move.Obstacle;

/// What stands in the way of logical replication between two databases, there and back. Changes
/// nothing.
final class Replicable {
  private static final int SUBSCRIBE_ROLE_SINCE = 160_000; // pg_create_subscription

  private final Session source;
  private final Session target;
  private final List<Obstacle> found = new ArrayList<>();

  Replicable(Session source, Session target) {
    this.source = source;
    this.target = target;
  }

  List<Obstacle> run() {
    settings();
    rights();
    return found;
  }

  private void stop(String what, String wayOut) {
    found.add(new Obstacle(true, what, wayOut));
  }

  private void note(String what, String wayOut) {
    found.add(new Obstacle(false, what, wayOut));
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
  }

  private static boolean flag(Session side, String column) {
    return side.number("SELECT count(*) FROM pg_roles WHERE rolname = current_user AND " + column)
        > 0;
  }
}
