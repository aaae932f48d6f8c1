package server.messages.cql;

import static migrate.generated.Tables.CONVERSATIONS;
import static migrate.generated.Tables.MEMBERS;
import static org.jooq.impl.DSL.any;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import migrate.move.messages.Place;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import server.messages.StoreUnavailable;

/// The members as PostgreSQL has them. Thread-safe; blocks.
final class PostgresRoster implements Roster {
  private final DSLContext dsl;

  PostgresRoster(DSLContext dsl) {
    this.dsl = dsl;
  }

  /// A change of members, and who moves messages, holds its conversation `FOR UPDATE`; `FOR KEY
  /// SHARE` waits for that and for nothing else. The members are asked for by a second statement,
  /// whose snapshot is younger than the wait. Rows are locked in order, though with shared locks
  /// nobody could wait in a ring.
  @Override
  public Map<UUID, Standing> read(Map<UUID, Set<UUID>> users) {
    UUID[] conversations = users.keySet().toArray(UUID[]::new);
    List<UUID> asked = new ArrayList<>();
    users.values().forEach(asked::addAll);
    try {
      return dsl.transactionResult(transaction -> {
        DSLContext tx = transaction.dsl();
        tx.select(CONVERSATIONS.CONVERSATION_ID)
            .from(CONVERSATIONS)
            .where(CONVERSATIONS.CONVERSATION_ID.eq(any(conversations)))
            .orderBy(CONVERSATIONS.CONVERSATION_ID)
            .forKeyShare()
            .fetch();
        return standings(tx, conversations, asked.toArray(UUID[]::new));
      });
    } catch (DataAccessException e) {
      throw new StoreUnavailable(e);
    }
  }

  private static Map<UUID, Standing> standings(DSLContext tx, UUID[] conversations, UUID[] users) {
    Map<UUID, Standing> standings = new HashMap<>();
    tx.select(
            CONVERSATIONS.CONVERSATION_ID,
            CONVERSATIONS.MEMBERS_VERSION,
            MEMBERS.USER_ID,
            CONVERSATIONS.MESSAGES_IN)
        .from(CONVERSATIONS)
        .leftJoin(MEMBERS)
        .on(MEMBERS.CONVERSATION_ID.eq(CONVERSATIONS.CONVERSATION_ID))
        .and(MEMBERS.USER_ID.eq(any(users)))
        .and(MEMBERS.LEFT_SEQ.isNull())
        .where(CONVERSATIONS.CONVERSATION_ID.eq(any(conversations)))
        .forEach(row -> {
          if (row.value4() != null && row.value4() != Place.CQL.number()) {
            standings.put(row.value1(), Standing.ELSEWHERE);
            return;
          }
          Set<UUID> members =
              standings
                  .computeIfAbsent(row.value1(), _ -> new Standing(row.value2(), new HashSet<>()))
                  .members();
          if (row.value3() != null) {
            members.add(row.value3());
          }
        });
    return standings;
  }

  /// Which of these conversations exist.
  Set<UUID> existing(Collection<UUID> conversations) {
    try {
      return dsl.select(CONVERSATIONS.CONVERSATION_ID)
          .from(CONVERSATIONS)
          .where(CONVERSATIONS.CONVERSATION_ID.eq(any(conversations.toArray(UUID[]::new))))
          .fetchSet(CONVERSATIONS.CONVERSATION_ID);
    } catch (DataAccessException e) {
      throw new StoreUnavailable(e);
    }
  }
}
