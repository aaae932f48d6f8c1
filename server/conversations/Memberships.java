package server.conversations;

import static migrate.generated.Tables.CONVERSATIONS;
import static migrate.generated.Tables.MEMBERS;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.field;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.SelectFieldOrAsterisk;
import org.jooq.impl.SQLDataType;
import server.http.ApiError;

/// Reads who is in which conversation. One query each (a poll takes two); nothing is cached here.
/// Thread-safe; blocks; a database that is away shows as jOOQ's `DataAccessException`.
///
/// It says nothing about messages: a conversation's last seq is asked of the message store
/// (`heads`), which may be another database.
public final class Memberships {
  /// Transactions stamp `changed_at` before they commit. A statement lives at most 5 s, so a change
  /// is visible well within this time after its stamp.
  private static final int COMMIT_LAG_SECONDS = 15;

  /// More changes than this within one poll: re-reading everything is cheaper than telling them.
  private static final int MAX_CHANGED = 10_000;

  private static final SelectFieldOrAsterisk[] COLUMNS = {
    MEMBERS.CONVERSATION_ID, MEMBERS.USER_ID, MEMBERS.ROLE, MEMBERS.START_SEQ, MEMBERS.LEFT_SEQ
  };

  private final DSLContext dsl;

  public Memberships(DSLContext dsl) {
    this.dsl = dsl;
  }

  /// A conversation's members at one moment.
  ///
  /// @param version grows with every change of members; 0 when there is no such conversation
  public record Members(long version, List<UUID> userIds) {}

  /// The conversations whose members changed.
  ///
  /// @param asOf pass it to the next poll; the database's time
  /// @param complete false when too many changed to be listed: take everything for changed
  /// @param versions the present members version of each conversation that changed
  public record Changes(Instant asOf, boolean complete, Map<UUID, Long> versions) {}

  /// The user's membership, present or former.
  ///
  /// @throws ApiError the same for a conversation it was never in and for one that does not exist
  public Membership access(UUID conversationId, UUID userId) {
    Membership membership =
        dsl.select(COLUMNS)
            .from(MEMBERS)
            .where(MEMBERS.CONVERSATION_ID.eq(conversationId))
            .and(MEMBERS.USER_ID.eq(userId))
            .fetchOne(Memberships::membership);
    if (membership == null) {
      throw ApiError.notAMember();
    }
    return membership;
  }

  /// The user's present membership.
  ///
  /// @throws ApiError for former members too
  public Membership member(UUID conversationId, UUID userId) {
    Membership membership = access(conversationId, userId);
    if (!membership.active()) {
      throw ApiError.notAMember();
    }
    return membership;
  }

  /// Who gets what is sent there: version and members of one snapshot, in order of user id.
  public Members members(UUID conversationId) {
    var rows =
        dsl.select(CONVERSATIONS.MEMBERS_VERSION, MEMBERS.USER_ID)
            .from(CONVERSATIONS)
            .leftJoin(MEMBERS)
            .on(MEMBERS.CONVERSATION_ID.eq(CONVERSATIONS.CONVERSATION_ID))
            .and(MEMBERS.LEFT_SEQ.isNull())
            .where(CONVERSATIONS.CONVERSATION_ID.eq(conversationId))
            .orderBy(MEMBERS.USER_ID)
            .fetch();
    var users = new ArrayList<UUID>(rows.size());
    for (var row : rows) {
      if (row.value2() != null) { // the one row of a conversation that all have left
        users.add(row.value2());
      }
    }
    return new Members(rows.isEmpty() ? 0 : rows.getFirst().value1(), List.copyOf(users));
  }

  /// The memberships, present or former, of some users; who was never in it is left out.
  public Map<UUID, Membership> among(UUID conversationId, Collection<UUID> userIds) {
    return dsl.select(COLUMNS)
        .from(MEMBERS)
        .where(MEMBERS.CONVERSATION_ID.eq(conversationId))
        .and(MEMBERS.USER_ID.eq(any(userIds.toArray(UUID[]::new))))
        .fetchMap(MEMBERS.USER_ID, Memberships::membership);
  }

  /// All memberships of a user, present and former, in order of conversation id.
  public List<Membership> ofUser(UUID userId) {
    return dsl.select(COLUMNS)
        .from(MEMBERS)
        .where(MEMBERS.USER_ID.eq(userId))
        .orderBy(MEMBERS.CONVERSATION_ID)
        .fetch(Memberships::membership);
  }

  /// The same for many users at once; every one of them has an entry.
  public Map<UUID, List<Membership>> ofUsers(Collection<UUID> userIds) {
    var byUser = new HashMap<UUID, List<Membership>>();
    userIds.forEach(user -> byUser.put(user, new ArrayList<>()));
    dsl.select(COLUMNS)
        .from(MEMBERS)
        .where(MEMBERS.USER_ID.eq(any(byUser.keySet().toArray(UUID[]::new))))
        .orderBy(MEMBERS.USER_ID, MEMBERS.CONVERSATION_ID)
        .forEach(row -> byUser.get(row.get(MEMBERS.USER_ID)).add(membership(row)));
    return byUser;
  }

  /// What changed since an earlier poll, on whatever node. A change is told several times, because
  /// a transaction's stamp is older than its commit; versions make the repeats harmless.
  ///
  /// @param since `asOf` of the poll before, or the time at which the caller knew nothing yet
  public Changes changedSince(Instant since) {
    var now = field("clock_timestamp()", SQLDataType.TIMESTAMPWITHTIMEZONE);
    OffsetDateTime from = since.minusSeconds(COMMIT_LAG_SECONDS).atOffset(ZoneOffset.UTC);
    // Read before the changes are: what is stamped later is the next poll's.
    Instant asOf = dsl.select(now).fetchSingle().value1().toInstant();
    Map<UUID, Long> versions =
        dsl.selectDistinct(CONVERSATIONS.CONVERSATION_ID, CONVERSATIONS.MEMBERS_VERSION)
            .from(MEMBERS)
            .join(CONVERSATIONS)
            .on(CONVERSATIONS.CONVERSATION_ID.eq(MEMBERS.CONVERSATION_ID))
            .where(MEMBERS.CHANGED_AT.ge(from))
            .limit(MAX_CHANGED + 1)
            .fetchMap(CONVERSATIONS.CONVERSATION_ID, CONVERSATIONS.MEMBERS_VERSION);
    boolean complete = versions.size() <= MAX_CHANGED;
    return new Changes(asOf, complete, complete ? versions : Map.of());
  }

  private static Membership membership(Record row) {
    Long leftSeq = row.get(MEMBERS.LEFT_SEQ);
    return new Membership(
        row.get(MEMBERS.CONVERSATION_ID),
        row.get(MEMBERS.USER_ID),
        Role.of(row.get(MEMBERS.ROLE)),
        row.get(MEMBERS.START_SEQ),
        leftSeq == null ? Membership.STILL_IN : leftSeq);
  }
}
