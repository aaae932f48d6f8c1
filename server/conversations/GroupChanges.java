package server.conversations;

import static migrate.generated.Tables.CONVERSATIONS;
import static migrate.generated.Tables.USERS;

import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.exception.DataAccessException;
import server.conversations.ConversationChange.Kind;
import server.http.ApiError;
import server.http.ErrorCode;

/// Changes groups: who is in them, as what, and what they are called. Each change holds the
/// conversation's row lock, which appends wait for too: once a removal is answered, no send of the
/// removed member can be accepted any more. Thread-safe; blocks.
public final class GroupChanges {
  /// A message is pushed to every member of a group; more than this is a broadcast, not a group.
  static final int MAX_MEMBERS = 100_000;

  private final DSLContext dsl;
  private final ChangePoint changePoint;
  private final ConversationChange.Listener listener;

  /// @param listener is told of each change, after its commit
  public GroupChanges(
      DSLContext dsl, ChangePoint changePoint, ConversationChange.Listener listener) {
    this.dsl = dsl;
    this.changePoint = changePoint;
    this.listener = listener;
  }

  /// @param added false when the user was a member already
  record Added(Conversation.Member member, boolean added) {}

  /// What a transaction did: its answer, and the change to tell of, null for none.
  private record Done<T>(T answer, ConversationChange change) {}

  /// Makes `userId` a member. A present member stays one; a role that is given becomes its role.
  ///
  /// @param role null for the role it has, or plain member
  Added add(UUID caller, UUID conversationId, UUID userId, Role role) {
    return changing(
        conversationId,
        group -> {
          group.admit(caller, false);
          Conversation.Member present = group.member(userId);
          if (present == null) {
            return join(group, conversationId, userId, role == null ? Role.MEMBER : role);
          }
          if (role == null || role.wire().equals(present.role())) {
            return new Done<>(new Added(present, false), null);
          }
          if (group.isLastAdmin(present)) {
            throw lastAdmin();
          }
          group.assign(userId, role);
          var change = group.changed(Kind.UPDATED, userId, 0);
          return new Done<>(new Added(group.member(userId), false), change);
        });
  }

  private Done<Added> join(LockedConversation group, UUID conversationId, UUID userId, Role role) {
    if (!group.transaction().fetchExists(USERS, USERS.USER_ID.eq(userId))) {
      throw Creation.unknown(Set.of(userId));
    }
    if (group.memberCount() >= MAX_MEMBERS) {
      throw new ApiError(
          ErrorCode.CONFLICT, "this group has " + MAX_MEMBERS + " members, the most there can be");
    }
    group.join(userId, role, changePoint.lastSeq(group.transaction(), conversationId));
    var change = group.changed(Kind.MEMBER_ADDED, userId, 1);
    return new Done<>(new Added(group.member(userId), true), change);
  }

  /// Ends `userId`'s membership; leaving is removing oneself.
  void remove(UUID caller, UUID conversationId, UUID userId) {
    changing(
        conversationId,
        group -> {
          group.admit(caller, caller.equals(userId));
          Conversation.Member present = group.member(userId);
          if (present == null) {
            throw new ApiError(
                ErrorCode.NOT_FOUND, "user " + userId + " is not a member of this conversation");
          }
          if (group.memberCount() > 1 && group.isLastAdmin(present)) {
            throw lastAdmin();
          }
          group.leave(userId, changePoint.lastSeq(group.transaction(), conversationId));
          return new Done<Void>(null, group.changed(Kind.MEMBER_REMOVED, userId, -1));
        });
  }

  /// Writes some of a group's own fields.
  void describe(UUID caller, UUID conversationId, Map<Field<?>, Object> fields) {
    changing(
        conversationId,
        group -> {
          group.admit(caller, false);
          if (fields.isEmpty()) {
            return new Done<Void>(null, null);
          }
          long membersVersion =
              group
                  .transaction()
                  .update(CONVERSATIONS)
                  .set(fields)
                  .where(CONVERSATIONS.CONVERSATION_ID.eq(conversationId))
                  .returning(CONVERSATIONS.MEMBERS_VERSION)
                  .fetchSingle(CONVERSATIONS.MEMBERS_VERSION);
          return new Done<Void>(
              null, new ConversationChange(conversationId, Kind.UPDATED, null, membersVersion));
        });
  }

  private <T> T changing(UUID conversationId, Function<LockedConversation, Done<T>> work) {
    Done<T> done;
    try {
      done =
          dsl.transactionResult(transaction ->
              work.apply(LockedConversation.take(transaction.dsl(), conversationId)));
    } catch (DataAccessException e) {
      throw Described.refusal(e);
    }
    if (done.change() != null) {
      listener.changed(done.change());
    }
    return done.answer();
  }

  private static ApiError lastAdmin() {
    return new ApiError(
        ErrorCode.CONFLICT,
        "the last admin of a group that has other members stays admin; make another member admin"
            + " first (POST it to this group's members with \"role\": \"admin\")");
  }
}
