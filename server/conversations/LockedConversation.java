package server.conversations;

import static migrate.generated.Tables.CONVERSATIONS;
import static migrate.generated.Tables.MEMBERS;

import java.time.OffsetDateTime;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record2;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import server.http.ApiError;
import server.http.ErrorCode;

/// A conversation whose row this transaction holds: appends and other changes of it wait until the
/// transaction ends, so what is read here stays true until then. Used by one thread.
final class LockedConversation {
  private final DSLContext transaction;
  private final UUID id;
  private final boolean direct;
  private final int memberCount;

  private LockedConversation(DSLContext transaction, UUID id, Record2<String, Integer> row) {
    this.transaction = transaction;
    this.id = id;
    this.direct = row.value1().equals("direct");
    this.memberCount = row.value2();
  }

  /// Takes the lock, waiting at most the connection's statement timeout.
  ///
  /// @throws ApiError the same for one that does not exist and for one the caller is not in
  static LockedConversation take(DSLContext transaction, UUID id) {
    var row =
        transaction
            .select(CONVERSATIONS.TYPE, CONVERSATIONS.MEMBER_COUNT)
            .from(CONVERSATIONS)
            .where(CONVERSATIONS.CONVERSATION_ID.eq(id))
            .forUpdate()
            .fetchOne();
    if (row == null) {
      throw ApiError.notAMember();
    }
    return new LockedConversation(transaction, id, row);
  }

  DSLContext transaction() {
    return transaction;
  }

  /// How many were members when the lock was taken.
  int memberCount() {
    return memberCount;
  }

  /// Refuses a user that may not change this conversation.
  ///
  /// @param aboutItself what every member may do: leaving
  void admit(UUID userId, boolean aboutItself) {
    Membership membership = new Memberships(transaction).member(id, userId);
    if (direct) {
      throw new ApiError(
          ErrorCode.CONFLICT,
          "a direct conversation's members, name and metadata are fixed; create a group instead");
    }
    if (!aboutItself && membership.role() != Role.ADMIN) {
      throw new ApiError(
          ErrorCode.FORBIDDEN, "only an admin of this group may do this; ask one of them");
    }
  }

  /// The present member, or null.
  Conversation.Member member(UUID userId) {
    return transaction
        .select(MEMBERS.USER_ID, MEMBERS.ROLE, MEMBERS.JOINED_AT)
        .from(MEMBERS)
        .where(is(userId))
        .and(MEMBERS.LEFT_SEQ.isNull())
        .fetchOne(r -> new Conversation.Member(r.value1(), r.value2(), r.value3().toInstant()));
  }

  /// Whether this present member is an admin and nobody else is.
  boolean isLastAdmin(Conversation.Member member) {
    return member.role().equals(Role.ADMIN.wire())
        && !transaction.fetchExists(
            MEMBERS,
            MEMBERS.CONVERSATION_ID.eq(id),
            MEMBERS.LEFT_SEQ.isNull(),
            MEMBERS.ROLE.eq(Role.ADMIN.wire()),
            MEMBERS.USER_ID.ne(member.userId()));
  }

  /// A member that was here before and comes back is delivered only what is sent from now on.
  void join(UUID userId, Role role, long startSeq) {
    transaction
        .insertInto(MEMBERS)
        .set(MEMBERS.CONVERSATION_ID, id)
        .set(MEMBERS.USER_ID, userId)
        .set(MEMBERS.ROLE, role.wire())
        .set(MEMBERS.JOINED_AT, now())
        .set(MEMBERS.START_SEQ, startSeq)
        .set(MEMBERS.CHANGED_AT, now())
        .onDuplicateKeyUpdate()
        .set(MEMBERS.ROLE, DSL.excluded(MEMBERS.ROLE))
        .set(MEMBERS.JOINED_AT, DSL.excluded(MEMBERS.JOINED_AT))
        .set(MEMBERS.START_SEQ, DSL.excluded(MEMBERS.START_SEQ))
        .setNull(MEMBERS.LEFT_SEQ)
        .set(MEMBERS.CHANGED_AT, DSL.excluded(MEMBERS.CHANGED_AT))
        .execute();
  }

  void leave(UUID userId, long leftSeq) {
    transaction
        .update(MEMBERS)
        .set(MEMBERS.LEFT_SEQ, leftSeq)
        .set(MEMBERS.CHANGED_AT, now())
        .where(is(userId))
        .execute();
  }

  void assign(UUID userId, Role role) {
    transaction
        .update(MEMBERS)
        .set(MEMBERS.ROLE, role.wire())
        .set(MEMBERS.CHANGED_AT, now())
        .where(is(userId))
        .execute();
  }

  /// Raises the members version and gives the change to tell of after the commit.
  ///
  /// @param joined by how much the number of members changes
  ConversationChange changed(ConversationChange.Kind kind, UUID userId, int joined) {
    long version =
        transaction
            .update(CONVERSATIONS)
            .set(CONVERSATIONS.MEMBERS_VERSION, CONVERSATIONS.MEMBERS_VERSION.plus(1))
            .set(CONVERSATIONS.MEMBER_COUNT, CONVERSATIONS.MEMBER_COUNT.plus(joined))
            .where(CONVERSATIONS.CONVERSATION_ID.eq(id))
            .returning(CONVERSATIONS.MEMBERS_VERSION)
            .fetchSingle(CONVERSATIONS.MEMBERS_VERSION);
    return new ConversationChange(id, kind, userId, version);
  }

  private Condition is(UUID userId) {
    return MEMBERS.CONVERSATION_ID.eq(id).and(MEMBERS.USER_ID.eq(userId));
  }

  /// The stamp by which polling nodes find a change: as late as it can be taken.
  private static Field<OffsetDateTime> now() {
    return DSL.field("clock_timestamp()", SQLDataType.TIMESTAMPWITHTIMEZONE);
  }
}
