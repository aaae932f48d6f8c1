package server.conversations;

import static migrate.generated.Tables.CONVERSATIONS;
import static migrate.generated.Tables.MEMBERS;
import static migrate.generated.Tables.USERS;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.falseCondition;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.val;
import static org.jooq.impl.DSL.when;

import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jooq.exception.DataAccessException;
import server.conversations.ConversationChange.Kind;
import server.http.ApiError;

/// Makes conversations, each at most once: the pair of a direct one and the client's own id of a
/// group are unique in the database, so two attempts at once end with the same conversation.
/// Thread-safe; blocks.
public final class Creation {
  private static final int MAX_USERS_NAMED =
      10; // an error names some of the unknown users, not 1,000

  private final DSLContext dsl;
  private final ConversationChange.Listener listener;

  /// @param listener is told of each new conversation, after its commit
  public Creation(DSLContext dsl, ConversationChange.Listener listener) {
    this.dsl = dsl;
    this.listener = listener;
  }

  /// @param created false when it was there before
  record Result(UUID conversationId, boolean created) {}

  /// The direct conversation of these two; with oneself when both are the same.
  Result direct(UUID creator, UUID other) {
    Set<UUID> members = new TreeSet<>(Set.of(creator));
    members.add(other);
    String pair = members.stream().map(UUID::toString).sorted().collect(Collectors.joining(":"));
    return once(
        CONVERSATIONS.DIRECT_PAIR.eq(pair),
        new Wanted("direct", creator, members, null, JSONB.valueOf("{}"), null, pair));
  }

  /// A new group, or the one that this creator made with the same `clientId` before; the first
  /// request's contents win.
  ///
  /// @param clientId null for a group that cannot be asked for again
  Result group(UUID creator, Set<UUID> others, String name, JSONB metadata, UUID clientId) {
    Set<UUID> members = new TreeSet<>(others);
    members.add(creator);
    return once(
        clientId == null
            ? falseCondition()
            : CONVERSATIONS
                .CREATED_BY
                .eq(creator)
                .and(CONVERSATIONS.CLIENT_CONVERSATION_ID.eq(clientId)),
        new Wanted("group", creator, members, name, metadata, clientId, null));
  }

  private record Wanted(
      String type,
      UUID creator,
      Set<UUID> members,
      String name,
      JSONB metadata,
      UUID clientId,
      String pair) {}

  private Result once(Condition same, Wanted wanted) {
    UUID before = find(same);
    if (before != null) {
      return new Result(before, false);
    }
    UUID made;
    try {
      made = dsl.transactionResult(transaction -> insert(transaction.dsl(), wanted));
    } catch (DataAccessException e) {
      throw Described.refusal(e);
    }
    if (made == null) {
      return new Result(find(same), false); // another attempt was faster, and has committed
    }
    listener.changed(new ConversationChange(made, Kind.CREATED, null, 1));
    return new Result(made, true);
  }

  private UUID find(Condition same) {
    return dsl.select(CONVERSATIONS.CONVERSATION_ID)
        .from(CONVERSATIONS)
        .where(same)
        .fetchOne(CONVERSATIONS.CONVERSATION_ID);
  }

  /// Null when a conversation with the same unique value was there; ON CONFLICT waits for an
  /// attempt that is still in flight.
  private static UUID insert(DSLContext transaction, Wanted wanted) {
    UUID id =
        transaction
            .insertInto(CONVERSATIONS)
            .set(CONVERSATIONS.TYPE, wanted.type)
            .set(CONVERSATIONS.NAME, wanted.name)
            .set(CONVERSATIONS.METADATA, wanted.metadata)
            .set(CONVERSATIONS.CREATED_BY, wanted.creator)
            .set(CONVERSATIONS.CLIENT_CONVERSATION_ID, wanted.clientId)
            .set(CONVERSATIONS.DIRECT_PAIR, wanted.pair)
            .set(CONVERSATIONS.MEMBER_COUNT, wanted.members.size())
            .onConflictDoNothing()
            .returning(CONVERSATIONS.CONVERSATION_ID)
            .fetchOne(CONVERSATIONS.CONVERSATION_ID);
    if (id != null) {
      insertMembers(transaction, id, wanted);
    }
    return id;
  }

  private static void insertMembers(DSLContext transaction, UUID id, Wanted wanted) {
    Condition among = USERS.USER_ID.eq(any(wanted.members.toArray(UUID[]::new)));
    Condition admin = wanted.pair == null ? USERS.USER_ID.eq(wanted.creator) : falseCondition();
    int inserted =
        transaction
            .insertInto(MEMBERS, MEMBERS.CONVERSATION_ID, MEMBERS.USER_ID, MEMBERS.ROLE)
            .select(
                select(
                        val(id),
                        USERS.USER_ID,
                        when(admin, inline(Role.ADMIN.wire()))
                            .otherwise(inline(Role.MEMBER.wire())))
                    .from(USERS)
                    .where(among))
            .execute();
    if (inserted < wanted.members.size()) {
      Set<UUID> unknown = new TreeSet<>(wanted.members);
      transaction
          .select(USERS.USER_ID)
          .from(USERS)
          .where(among)
          .fetchSet(USERS.USER_ID)
          .forEach(unknown::remove);
      throw unknown(unknown);
    }
  }

  /// The refusal for members that do not exist.
  static ApiError unknown(Set<UUID> users) {
    String named =
        users.stream().limit(MAX_USERS_NAMED).map(UUID::toString).collect(Collectors.joining(", "));
    int more = users.size() - Math.min(users.size(), MAX_USERS_NAMED);
    return ApiError.invalid(
        "no such user: " + named + (more > 0 ? " and " + more + " more" : "") + "; check the ids");
  }
}
