package server.messages;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;
import java.util.UUID;
import server.conversations.Membership;
import server.conversations.Memberships;
import server.http.ApiError;
import server.http.Caller;
import server.http.Check;
import server.http.Json;
import server.http.Routes;

/// A conversation's log, forwards and backwards. A member reads all of it, a former member what was
/// there when it left.
public final class HistoryRoutes implements Routes {
  static final int MAX_PAGE = 200;
  static final int DEFAULT_PAGE = 50;
  private static final long NOT_GIVEN = -1;

  private final Memberships memberships;
  private final MessageStore messages;

  public HistoryRoutes(Memberships memberships, MessageStore messages) {
    this.memberships = memberships;
    this.messages = messages;
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.get(API + "/conversations/{conversation_id}/messages", this::read);
  }

  private record Page(List<MessageView> messages, boolean hasMore) {}

  private void read(Context request) {
    UUID id = Check.pathUuid(request, "conversation_id");
    long before = Check.queryLong(request, "before_seq", NOT_GIVEN, 1, Long.MAX_VALUE);
    long after = Check.queryLong(request, "after_seq", NOT_GIVEN, 0, Long.MAX_VALUE);
    int limit = (int) Check.queryLong(request, "limit", DEFAULT_PAGE, 1, MAX_PAGE);
    if (before != NOT_GIVEN && after != NOT_GIVEN) {
      throw ApiError.invalid(
          "both \"before_seq\" and \"after_seq\" are given; give one or neither");
    }
    // In this order: a membership read after a message was visible tells who may have it.
    long head = messages.heads(List.of(id)).getOrDefault(id, 0L);
    Membership membership = memberships.access(id, Caller.of(request).userId());
    long last = membership.readableTo(head);
    var page = new MessagePage(messages, limit);
    boolean hasMore;
    if (after != NOT_GIVEN) {
      page.forward(id, after, last);
      hasMore = !page.messages().isEmpty() && page.messages().getLast().seq() < last;
    } else {
      page.backward(id, before == NOT_GIVEN ? last + 1 : Math.min(before, last + 1));
      hasMore = !page.messages().isEmpty() && page.messages().getFirst().seq() > 1;
    }
    Json.write(
        request, 200, new Page(page.messages().stream().map(MessageView::of).toList(), hasMore));
  }
}
