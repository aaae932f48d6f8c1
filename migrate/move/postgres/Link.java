package migrate.move.postgres;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.impl.DSL;

/// One direction of logical replication: a publication and a slot where changes come from, a
/// subscription where they go to, all three of one name. PostgreSQL's own apply worker writes each
/// transaction together with how far it has come, so that no crash on either side repeats or loses
/// one.
///
/// Every call may be repeated.
///
/// @param name of all three
record Link(Session from, Session to, String name) implements Feed {
  private static final int ORIGIN_SINCE = 160_000; // subscriptions know `origin`

  /// Also before the slot is made, which must know it.
  @Override
  public void publish(List<Table> tables) {
    if (from.number("SELECT count(*) FROM pg_publication WHERE pubname = ?", name) == 0) {
      String all =
          Stream.concat(tables.stream().map(Table::name), Stream.of("move_marks"))
              .collect(Collectors.joining(", "));
      from.dsl().execute(DSL.raw("CREATE PUBLICATION " + name + " FOR TABLE " + all));
    }
  }

  private boolean slotThere() {
    return from.number("SELECT count(*) FROM pg_replication_slots WHERE slot_name = ?", name) > 0;
  }

  @Override
  public Snapshot take(UUID move) {
    return Snapshot.take(from, to, move, name);
  }

  /// What a slot has lost for good is told by its `wal_status`.
  @Override
  public boolean whole() {
    return from.number(
            "SELECT count(*) FROM pg_replication_slots WHERE slot_name = ?"
                + " AND wal_status IS DISTINCT FROM 'lost'",
            name)
        > 0;
  }

  /// Makes the slot from which on changes are kept.
  @Override
  public void keep() {
    if (!slotThere()) {
      from.dsl().fetch("SELECT pg_create_logical_replication_slot(?, 'pgoutput')", name);
    }
  }

  @Override
  public void forget() {
    Snapshot.drop(from, name);
  }

  @Override
  public boolean tellsOrigin() {
    return from.version() >= ORIGIN_SINCE && to.version() >= ORIGIN_SINCE;
  }

  /// Makes the subscription, on the slot that is there or will be.
  @Override
  public void subscribe(boolean enabled, boolean ownOnly) {
    if (subscribed()) {
      return;
    }
    String origin = to.version() >= ORIGIN_SINCE ? ", origin = " + (ownOnly ? "none" : "any") : "";
    to.dsl()
        .execute(
            DSL.raw(
                "CREATE SUBSCRIPTION "
                    + name
                    + " CONNECTION "
                    + Session.literal(from.libpq())
                    + " PUBLICATION "
                    + name
                    + " WITH (create_slot = false, slot_name = "
                    + name
                    + ", copy_data = false, enabled = "
                    + enabled
                    + ", streaming = on"
                    + origin
                    + ")"));
  }

  private boolean subscribed() {
    return to.number(
            "SELECT count(*) FROM pg_subscription WHERE subname = ? AND subdbid ="
                + " (SELECT oid FROM pg_database WHERE datname = current_database())",
            name)
        > 0;
  }

  @Override
  public void enable() {
    if (subscribed()) {
      to.dsl().execute(DSL.raw("ALTER SUBSCRIPTION " + name + " ENABLE"));
    }
  }

  /// Changes are applied in the order of their commits, and the mark is one of them.
  @Override
  public void await(UUID move, long mark, Duration limit) {
    Marks.await(to, move, mark, limit);
  }

  @Override
  public void remove() {
    if (subscribed()) {
      to.dsl().execute(DSL.raw("ALTER SUBSCRIPTION " + name + " DISABLE"));
      // Else dropping it would want to drop the slot by way of the other side.
      to.dsl().execute(DSL.raw("ALTER SUBSCRIPTION " + name + " SET (slot_name = NONE)"));
      to.dsl().execute(DSL.raw("DROP SUBSCRIPTION " + name));
    }
    Snapshot.drop(from, name);
    from.dsl().execute(DSL.raw("DROP PUBLICATION IF EXISTS " + name));
  }
}
