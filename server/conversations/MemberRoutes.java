package server.conversations;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;
import java.util.UUID;
import server.http.Caller;
import server.http.Check;
import server.http.Json;
import server.http.PageCursor;
import server.http.Routes;

/// Who is in a conversation: listing, adding, removing, leaving.
public final class MemberRoutes implements Routes {
  private static final String PATH = API + "/conversations/{conversation_id}/members";
  static final int MAX_PAGE = 200;
  static final int DEFAULT_PAGE = 100;

  private final Conversations conversations;
  private final Memberships memberships;
  private final GroupChanges changes;

  public MemberRoutes(Conversations conversations, Memberships memberships, GroupChanges changes) {
    this.conversations = conversations;
    this.memberships = memberships;
    this.changes = changes;
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.get(PATH, this::list);
    routes.post(PATH, this::add);
    routes.delete(PATH + "/{user_id}", this::remove);
  }

  private record NewMember(String userId, String role) {}

  private record Page(List<Conversation.Member> members, String nextCursor) {}

  private void list(Context request) {
    UUID id = Check.pathUuid(request, "conversation_id");
    int limit = (int) Check.queryLong(request, "limit", DEFAULT_PAGE, 1, MAX_PAGE);
    var cursor = PageCursor.read(request, PageCursor.List.MEMBERS);
    var page = conversations.members(id, cursor == null ? null : PageCursor.id(cursor), limit + 1);
    // After the read: who is a member now was one when it was true.
    memberships.member(id, Caller.of(request).userId());
    String next = null;
    if (page.size() > limit) {
      page = page.subList(0, limit);
      next = PageCursor.of(PageCursor.List.MEMBERS, page.getLast().userId());
    }
    Json.write(request, 200, new Page(page, next));
  }

  private void add(Context request) {
    UUID id = Check.pathUuid(request, "conversation_id");
    NewMember body = Json.read(request, NewMember.class);
    GroupChanges.Added added =
        changes.add(
            Caller.of(request).userId(),
            id,
            Check.uuid("user_id", body.userId),
            Role.of(body.role));
    Json.write(request, added.added() ? 201 : 200, added.member());
  }

  private void remove(Context request) {
    changes.remove(
        Caller.of(request).userId(),
        Check.pathUuid(request, "conversation_id"),
        Check.pathUuid(request, "user_id"));
    request.status(204);
  }
}
