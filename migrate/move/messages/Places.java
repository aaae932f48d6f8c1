package migrate.move.messages;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;

/// Where conversations' logs live, as PostgreSQL has it. Each call is one statement, in a
/// transaction a part of it. As safe for threads as its context.
public final class Places {
  private static final String PLACE =
      "coalesce(messages_in, (SELECT unmarked_in FROM message_home))";

  private final DSLContext dsl;

  public Places(DSLContext dsl) {
    this.dsl = dsl;
  }

  /// Where each of them lives; what never moved is where `unmarked` says, and what is not there is
  /// left out.
  public Map<UUID, Place> of(Collection<UUID> conversations, Place unmarked) {
    Map<UUID, Place> places = new HashMap<>();
    dsl.fetch(
            "SELECT conversation_id, "
                + PLACE
                + " FROM conversations WHERE conversation_id = ANY (?)",
            (Object) conversations.toArray(UUID[]::new))
        .forEach(row -> places.put(row.get(0, UUID.class), place(row, 1, unmarked)));
    return places;
  }

  private static Place place(Record row, int column, Place unmarked) {
    Integer number = row.get(column, Integer.class);
    return number == null ? unmarked : Place.of(number);
  }

  /// A conversation whose row is held.
  ///
  /// @param lastSeq as PostgreSQL has it: its own log's end, or up to where its old copy is whole
  public record Held(UUID conversationId, long lastSeq) {}

  /// Holds those of them that live in `from` until the transaction ends: appends, changes of
  /// members and other movers wait.
  public List<Held> hold(Collection<UUID> conversations, Place from) {
    return dsl.fetch(
            "SELECT conversation_id, last_seq FROM conversations WHERE conversation_id = ANY (?)"
                + " AND coalesce(messages_in, (SELECT unmarked_in FROM message_home), 0) = ?"
                + " ORDER BY conversation_id FOR UPDATE",
            conversations.toArray(UUID[]::new),
            from.number())
        .map(row -> new Held(row.get(0, UUID.class), row.get(1, long.class)));
  }

  /// Says that their messages live in `to`, from this transaction's commit on.
  ///
  /// @param heads their last seqs
  public void settle(Map<UUID, Long> heads, Place to) {
    dsl.execute(
        "UPDATE conversations c SET messages_in = ?,"
            + " last_seq = CASE WHEN ? = 0 THEN greatest(c.last_seq, h.seq) ELSE c.last_seq END"
            + " FROM unnest(?, ?) AS h (id, seq) WHERE c.conversation_id = h.id",
        to.number(),
        to.number(),
        heads.keySet().toArray(UUID[]::new),
        heads.values().toArray(Long[]::new));
  }

  /// Where messages of new conversations go, and where those that never moved are.
  public void home(Place unmarked, Place fresh) {
    dsl.execute(
        "INSERT INTO message_home (unmarked_in, new_in) VALUES (?, ?)"
            + " ON CONFLICT (only_row) DO UPDATE"
            + " SET unmarked_in = coalesce(message_home.unmarked_in, excluded.unmarked_in),"
            + " new_in = excluded.new_in",
        unmarked.number(),
        fresh.number());
  }

  /// Where what never moved is, if that was ever said.
  public Optional<Place> unmarked() {
    return dsl.fetchOptional("SELECT unmarked_in FROM message_home WHERE unmarked_in IS NOT NULL")
        .map(row -> Place.of(row.get(0, int.class)));
  }

  /// The next conversations in order of id that live in a place.
  ///
  /// @param after below the first of them; null for the beginning
  /// @param to the last that may come; null for the end
  public List<UUID> next(Place in, UUID after, UUID to, int limit) {
    return dsl.fetch(
            "SELECT conversation_id FROM conversations"
                + " WHERE coalesce(messages_in, (SELECT unmarked_in FROM message_home), 0) = ?"
                + " AND conversation_id > ? AND conversation_id <= ?"
                + " ORDER BY conversation_id LIMIT ?",
            in.number(),
            after == null ? new UUID(0, 0) : after,
            to == null ? new UUID(-1, -1) : to,
            limit)
        .map(row -> row.get(0, UUID.class));
  }

  /// How many conversations live in each place.
  public Map<Place, Long> count() {
    Map<Place, Long> counts = new HashMap<>(Map.of(Place.POSTGRES, 0L, Place.CQL, 0L));
    dsl.fetch(
            "SELECT coalesce(messages_in, (SELECT unmarked_in FROM message_home), 0), count(*)"
                + " FROM conversations GROUP BY 1")
        .forEach(row ->
            counts.merge(Place.of(row.get(0, int.class)), row.get(1, long.class), Long::sum));
    return counts;
  }
}
