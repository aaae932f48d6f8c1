package server.messages;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import server.conversations.Membership;
import server.conversations.Memberships;
import server.http.Caller;
import server.http.Check;
import server.http.Json;
import server.http.PageCursor;
import server.http.Routes;

/// What a device has not acknowledged, across all conversations of its user, page by page:
/// conversation after conversation in order of their ids, each oldest first. Acknowledges nothing.
///
/// A message that arrives in a conversation which the pages have passed already is left to the next
/// round, or to the socket.
public final class SyncRoutes implements Routes {
  static final int MAX_PAGE = 200;
  static final int DEFAULT_PAGE = 100;

  /// The order in which [Memberships#ofUser] gives them: PostgreSQL compares the bytes, unsigned.
  private static final Comparator<UUID> BY_BYTES =
      Comparator.comparing(UUID::getMostSignificantBits, Long::compareUnsigned)
          .thenComparing(UUID::getLeastSignificantBits, Long::compareUnsigned);

  private final Memberships memberships;
  private final MessageStore messages;

  public SyncRoutes(Memberships memberships, MessageStore messages) {
    this.memberships = memberships;
    this.messages = messages;
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.get(API + "/sync", this::sync);
  }

  private record Page(List<MessageView> messages, String nextCursor, boolean caughtUp) {}

  /// Where the page before ended.
  private record Position(UUID conversationId, long seq) {}

  private void sync(Context request) {
    int limit = (int) Check.queryLong(request, "limit", DEFAULT_PAGE, 1, MAX_PAGE);
    var cursor = PageCursor.read(request, PageCursor.List.SYNC);
    Position after = null;
    if (cursor != null) {
      after = new Position(PageCursor.id(cursor), cursor.getLong());
    }
    var page = new MessagePage(messages, limit);
    boolean caughtUp = gather(Caller.of(request), after, page);
    List<Message> found = page.messages();
    String next = null;
    if (!caughtUp) {
      Message last = found.getLast(); // a page that is full has one
      next = PageCursor.of(PageCursor.List.SYNC, last.conversationId(), last.seq());
    }
    Json.write(
        request, 200, new Page(found.stream().map(MessageView::of).toList(), next, caughtUp));
  }

  /// Fills the page; false when more is left.
  private boolean gather(Caller caller, Position after, MessagePage page) {
    List<UUID> ids = behind(caller, after).map(Membership::conversationId).toList();
    // Memberships again after the heads: one read after a message was visible tells who may have
    // it.
    Map<UUID, Long> heads = messages.heads(ids);
    List<Membership> left = behind(caller, after).toList();
    Map<UUID, Long> delivered = delivered(caller, ids);
    for (Membership membership : left) {
      UUID id = membership.conversationId();
      long from = Math.max(membership.startSeq(), delivered.getOrDefault(id, 0L));
      if (after != null && id.equals(after.conversationId)) {
        from = Math.max(from, after.seq);
      }
      long to = membership.readableTo(heads.getOrDefault(id, 0L));
      if (from < to) {
        if (page.full()) {
          return false;
        }
        page.forward(id, from, to);
        if (page.full() && page.messages().getLast().seq() < to) {
          return false;
        }
      }
    }
    return true;
  }

  private Stream<Membership> behind(Caller caller, Position after) {
    return memberships.ofUser(caller.userId()).stream()
        .filter(
            m -> after == null || BY_BYTES.compare(m.conversationId(), after.conversationId) >= 0);
  }

  private Map<UUID, Long> delivered(Caller caller, List<UUID> ids) {
    Map<UUID, Long> delivered = new HashMap<>();
    for (Cursor cursor : messages.cursorsOfUser(caller.userId(), ids)) {
      if (cursor.deviceId().equals(caller.deviceId())) {
        delivered.put(cursor.conversationId(), cursor.deliveredSeq());
      }
    }
    return delivered;
  }
}
