package server.conversations;

import static migrate.generated.Tables.CONVERSATIONS;
import static migrate.generated.Tables.MEMBERS;
import static org.jooq.impl.DSL.row;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;
import server.http.Json;
import server.messages.MessageStore;
import tools.jackson.databind.JsonNode;

/// Reads conversations and their members. Thread-safe; blocks; who may read is the caller's
/// question.
public final class Conversations {
  private final DSLContext dsl;
  private final Memberships memberships;
  private final Unread unread;

  /// @param messages says what the last message is, and what was read
  public Conversations(DSLContext dsl, MessageStore messages) {
    this.dsl = dsl;
    this.memberships = new Memberships(dsl);
    this.unread = new Unread(messages);
  }

  /// Where a page of conversations ended: its last one's activity and id.
  record Position(Instant lastActivityAt, UUID conversationId) {}

  /// What a `conversation` frame tells of a conversation besides the change.
  ///
  /// @param name null for none
  public record Title(String name, JsonNode metadata) {}

  /// The name and metadata now, or null when there is no such conversation.
  public Title title(UUID conversationId) {
    return dsl.select(CONVERSATIONS.NAME, CONVERSATIONS.METADATA)
        .from(CONVERSATIONS)
        .where(CONVERSATIONS.CONVERSATION_ID.eq(conversationId))
        .fetchOne(row -> new Title(row.value1(), Json.mapper().readTree(row.value2().data())));
  }

  /// A conversation as one of its members sees it, with its members when they are few.
  ///
  /// @throws server.http.ApiError the same for former members, for strangers and for nothing
  Conversation seenBy(UUID userId, UUID conversationId) {
    var heads = unread.heads(List.of(conversationId));
    Record found =
        dsl.selectFrom(CONVERSATIONS)
            .where(CONVERSATIONS.CONVERSATION_ID.eq(conversationId))
            .fetchOne();
    List<Conversation.Member> members = found == null ? null : membersShown(found);
    // After the reads: who is a member now was one when they were true.
    Membership membership = memberships.member(conversationId, userId);
    var counts = unread.of(userId, List.of(membership), heads);
    return conversation(found, members, counts.get(conversationId));
  }

  /// One user's present conversations, newest activity first.
  ///
  /// @param after where the page before ended, null for the first page
  List<Conversation> ofUser(UUID userId, Position after, int limit) {
    var newestFirst = row(CONVERSATIONS.LAST_ACTIVITY_AT, CONVERSATIONS.CONVERSATION_ID);
    Condition older =
        after == null
            ? DSL.noCondition()
            : newestFirst.lt(
                DSL.val(after.lastActivityAt().atOffset(ZoneOffset.UTC)),
                DSL.val(after.conversationId()));
    var rows =
        dsl.select(CONVERSATIONS.fields())
            .select(MEMBERS.USER_ID, MEMBERS.ROLE, MEMBERS.START_SEQ)
            .from(MEMBERS)
            .join(CONVERSATIONS)
            .on(CONVERSATIONS.CONVERSATION_ID.eq(MEMBERS.CONVERSATION_ID))
            .where(MEMBERS.USER_ID.eq(userId))
            .and(MEMBERS.LEFT_SEQ.isNull())
            .and(older)
            .orderBy(CONVERSATIONS.LAST_ACTIVITY_AT.desc(), CONVERSATIONS.CONVERSATION_ID.desc())
            .limit(limit)
            .fetch();
    var heads = unread.heads(rows.getValues(CONVERSATIONS.CONVERSATION_ID));
    var counts = unread.of(userId, rows.map(Conversations::membership), heads);
    List<Conversation> page = new ArrayList<>(rows.size());
    for (Record found : rows) {
      page.add(conversation(found, null, counts.get(found.get(CONVERSATIONS.CONVERSATION_ID))));
    }
    return page;
  }

  /// Present members in order of user id.
  ///
  /// @param after the last one of the page before, null for the first page
  List<Conversation.Member> members(UUID conversationId, UUID after, int limit) {
    return dsl.select(MEMBERS.USER_ID, MEMBERS.ROLE, MEMBERS.JOINED_AT)
        .from(MEMBERS)
        .where(MEMBERS.CONVERSATION_ID.eq(conversationId))
        .and(MEMBERS.LEFT_SEQ.isNull())
        .and(after == null ? DSL.noCondition() : MEMBERS.USER_ID.gt(after))
        .orderBy(MEMBERS.USER_ID)
        .limit(limit)
        .fetch(r -> new Conversation.Member(r.value1(), r.value2(), r.value3().toInstant()));
  }

  private List<Conversation.Member> membersShown(Record found) {
    return found.get(CONVERSATIONS.MEMBER_COUNT) > Conversation.MAX_MEMBERS_SHOWN
        ? null
        : members(found.get(CONVERSATIONS.CONVERSATION_ID), null, Conversation.MAX_MEMBERS_SHOWN);
  }

  private static Membership membership(Record row) {
    return new Membership(
        row.get(CONVERSATIONS.CONVERSATION_ID),
        row.get(MEMBERS.USER_ID),
        Role.of(row.get(MEMBERS.ROLE)),
        row.get(MEMBERS.START_SEQ),
        Membership.STILL_IN);
  }

  private static Conversation conversation(
      Record row, List<Conversation.Member> members, Unread.Counts counts) {
    return new Conversation(
        row.get(CONVERSATIONS.CONVERSATION_ID),
        row.get(CONVERSATIONS.TYPE),
        row.get(CONVERSATIONS.NAME),
        Json.mapper().readTree(row.get(CONVERSATIONS.METADATA).data()),
        row.get(CONVERSATIONS.CREATED_AT).toInstant(),
        row.get(CONVERSATIONS.MEMBER_COUNT),
        members,
        counts.lastSeq(),
        counts.unread(),
        row.get(CONVERSATIONS.LAST_ACTIVITY_AT).toInstant());
  }
}
