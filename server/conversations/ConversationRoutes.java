package server.conversations;

import static migrate.generated.Tables.CONVERSATIONS;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.JSONB;
import server.http.ApiError;
import server.http.Caller;
import server.http.Check;
import server.http.Json;
import server.http.PageCursor;
import server.http.Routes;
import tools.jackson.databind.JsonNode;

/// Creating, listing, reading and describing conversations.
public final class ConversationRoutes implements Routes {
  static final int MAX_MEMBERS_PER_REQUEST =
      1_000; // one statement's worth; add the rest one by one
  static final int MAX_PAGE = 100;
  static final int DEFAULT_PAGE = 50;
  private static final long MICROS_PER_SECOND = 1_000_000;

  private final Creation creation;
  private final Conversations conversations;
  private final GroupChanges changes;

  public ConversationRoutes(Creation creation, Conversations conversations, GroupChanges changes) {
    this.creation = creation;
    this.conversations = conversations;
    this.changes = changes;
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.post(API + "/conversations", this::create);
    routes.get(API + "/conversations", this::list);
    routes.get(API + "/conversations/{conversation_id}", this::get);
    routes.patch(API + "/conversations/{conversation_id}", this::describe);
  }

  private record NewConversation(
      String type,
      List<String> memberIds,
      String name,
      JsonNode metadata,
      String clientConversationId) {}

  private record Page(List<Conversation> conversations, String nextCursor) {}

  private void create(Context request) {
    UUID caller = Caller.of(request).userId();
    NewConversation body = Json.read(request, NewConversation.class);
    Set<UUID> others = others(body, caller);
    UUID clientId = Check.optionalUuid("client_conversation_id", body.clientConversationId);
    String name = Described.name(body.name);
    JSONB metadata = Described.metadata(body.metadata);
    Creation.Result result =
        switch (Check.present("type", body.type)) {
          case "direct" -> creation.direct(caller, other(others, caller));
          case "group" -> creation.group(caller, others, name, metadata, clientId);
          default -> throw ApiError.invalid("\"type\" must be \"direct\" or \"group\"");
        };
    // A creator that has left its group since learns no more of it than any other former member.
    Json.write(
        request,
        result.created() ? 201 : 200,
        conversations.seenBy(caller, result.conversationId()));
  }

  private static Set<UUID> others(NewConversation body, UUID caller) {
    List<String> ids = Check.present("member_ids", body.memberIds);
    if (ids.size() > MAX_MEMBERS_PER_REQUEST) {
      throw ApiError.invalid(
          "\"member_ids\" has "
              + ids.size()
              + " entries; at most "
              + MAX_MEMBERS_PER_REQUEST
              + " fit in one request, add the others afterwards");
    }
    Set<UUID> others = new TreeSet<>();
    ids.forEach(id -> others.add(Check.uuid("member_ids", id)));
    others.remove(caller);
    return others;
  }

  private static UUID other(Set<UUID> others, UUID caller) {
    if (others.size() > 1) {
      throw ApiError.invalid(
          "\"member_ids\" names "
              + others.size()
              + " other users; a direct conversation has one"
              + " (or none, to be with oneself), a \"group\" has more");
    }
    return others.isEmpty() ? caller : others.iterator().next();
  }

  private void list(Context request) {
    int limit = (int) Check.queryLong(request, "limit", DEFAULT_PAGE, 1, MAX_PAGE);
    var cursor = PageCursor.read(request, PageCursor.List.CONVERSATIONS);
    Conversations.Position after = null;
    if (cursor != null) {
      UUID id = PageCursor.id(cursor);
      after = new Conversations.Position(ofMicros(cursor.getLong()), id);
    }
    var page = conversations.ofUser(Caller.of(request).userId(), after, limit + 1);
    String next = null;
    if (page.size() > limit) {
      page = page.subList(0, limit);
      Conversation last = page.getLast();
      next =
          PageCursor.of(
              PageCursor.List.CONVERSATIONS, last.conversationId(), micros(last.lastActivityAt()));
    }
    Json.write(request, 200, new Page(page, next));
  }

  private void get(Context request) {
    UUID id = Check.pathUuid(request, "conversation_id");
    Json.write(request, 200, conversations.seenBy(Caller.of(request).userId(), id));
  }

  private void describe(Context request) {
    UUID id = Check.pathUuid(request, "conversation_id");
    UUID caller = Caller.of(request).userId();
    JsonNode body = Json.readObject(request);
    Map<Field<?>, Object> fields = new HashMap<>();
    if (body.has("name")) {
      JsonNode name = body.get("name");
      if (!name.isNull() && !name.isString()) {
        throw ApiError.invalid("\"name\" must be a string, or null to take it away");
      }
      fields.put(CONVERSATIONS.NAME, Described.name(name.isNull() ? null : name.stringValue()));
    }
    if (body.has("metadata")) {
      fields.put(CONVERSATIONS.METADATA, Described.metadata(body.get("metadata")));
    }
    changes.describe(caller, id, fields);
    Json.write(request, 200, conversations.seenBy(caller, id));
  }

  /// PostgreSQL keeps microseconds; a cursor with fewer digits would skip or repeat rows.
  private static long micros(Instant time) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, time);
  }

  private static Instant ofMicros(long micros) {
    return Instant.ofEpochSecond(
        Math.floorDiv(micros, MICROS_PER_SECOND), Math.floorMod(micros, MICROS_PER_SECOND) * 1_000);
  }
}
