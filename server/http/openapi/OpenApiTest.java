package server.http.openapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import migrate.move.Seal;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import server.accounts.ServerSecret;
import server.operations.Node;
import server.operations.ServerSettings;
import server.testing.Await;
import server.testing.JsonSchemas;
import server.testing.TestAccounts;
import server.testing.TestApi;
import server.testing.TestApi.Answer;
import server.testing.TestEngines;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Holds the running server to its own description: every route, every answer, every bound.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenApiTest {
  /// What the walk below cannot bring about; HealthTest does.
  private static final Set<String> ELSEWHERE = Set.of("GET /health/ready 503");

  private final JsonNode document = OpenApi.document();
  private final JsonSchemas schemas = new JsonSchemas(document);
  private final Set<String> answered = new TreeSet<>();
  private final List<Call> accepted = new ArrayList<>();
  private TestEngines engines;
  private Node node;

  /// A call that was answered with success.
  private record Call(String route, String path, String body, String token) {}

  @BeforeAll
  void start() {
    engines = TestEngines.fresh();
    node =
        Node.start(
            new ServerSettings(
                false,
                "127.0.0.1",
                0,
                Optional.of(engines.postgres()),
                Optional.of(engines.redis()),
                Optional.empty(),
                ServerSecret.of("a secret for tests that is long enough"),
                Seal.of("a secret for tests that is long enough"),
                Optional.empty(),
                ""),
            engines.postgres(),
            engines.redis());
    Await.until(
        "ready, Redis included",
        Duration.ofSeconds(30),
        () ->
            "ready"
                .equals(
                    TestApi.call(node.port(), "GET", "/health/ready", null, null).text("status")));
    new Walk().everyRoute();
  }

  @AfterAll
  void stop() {
    node.close();
    engines.close();
  }

  @Test
  void everyRegisteredRouteIsDescribedAndTheOtherWayRound() {
    Set<String> described = new TreeSet<>();
    for (var path : document.get("paths").properties()) {
      path.getValue()
          .propertyNames()
          .forEach(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey()));
    }
    assertEquals(described, node.routes());
  }

  @Test
  void everyDescribedAnswerWasSeenAndWasAsDescribed() {
    Set<String> described = new TreeSet<>();
    for (String route : node.routes()) {
      operation(route)
          .get("responses")
          .propertyNames()
          .forEach(status -> described.add(route + " " + status));
    }
    described.removeIf(answer -> answer.endsWith(" default") || ELSEWHERE.contains(answer));
    assertEquals(described, answered);
  }

  @Test
  void everyRouteThatIsNotOpenAsksForAToken() {
    for (Call call : accepted) {
      Answer without = send(call.route, call.path, call.body, null);
      boolean open = operation(call.route).has("security");
      assertEquals(
          !open, without.status() == 401 && without.errorCode().equals("UNAUTHORIZED"), call.route);
    }
  }

  @Test
  void aBodyThatLacksARequiredFieldOrHasAWrongTypeIsRefused() {
    for (Call call : accepted) {
      JsonNode schema = operation(call.route).at("/requestBody/content/application~1json/schema");
      if (!schema.isMissingNode()) {
        ObjectNode body = (ObjectNode) json(call.body);
        for (JsonNode name : schema.path("required")) {
          refused(call, call.path, body.deepCopy().without(name.stringValue()));
        }
        for (var field : schema.get("properties").properties()) {
          wrong(field.getValue())
              .forEach(w -> refused(call, call.path, body.deepCopy().set(field.getKey(), json(w))));
        }
        refused(call, call.path, json("[]"));
        refused(call, call.path, json("null"));
      }
    }
  }

  /// Values that break a field's rule, whatever rules it has.
  private static List<String> wrong(JsonNode schema) {
    List<String> wrong = new ArrayList<>();
    JsonNode type = schema.path("type");
    switch ((type.isArray() ? type.get(0) : type).asString("object")) {
      case "string" -> wrong.addAll(List.of("7", "true", "{}", "[]"));
      case "integer" -> wrong.addAll(List.of("\"1\"", "1.5", "true", "{}"));
      case "array" -> wrong.addAll(List.of("\"a\"", "7", "{}", "[7]"));
      default -> wrong.addAll(List.of("7", "\"a\"", "[]"));
    }
    if (schema.has("enum") || schema.path("format").asString("").equals("uuid")) {
      wrong.add("\"nothing of the kind\"");
    }
    if (schema.has("contentEncoding")) {
      wrong.add("\"*** no base64 ***\"");
    } else if (schema.has("maxLength")) {
      wrong.add("\"" + "a".repeat(schema.get("maxLength").asInt() + 1) + "\"");
    }
    if (schema.has("minimum")) {
      wrong.add(Long.toString(schema.get("minimum").asLong() - 1));
    }
    return wrong;
  }

  @Test
  void aParameterOutOfItsBoundsIsRefused() {
    for (Call call : accepted) {
      String bare = call.path.replaceFirst("\\?.*", "");
      for (JsonNode parameter : operation(call.route).path("parameters")) {
        JsonNode schema = parameter.get("schema");
        String name = parameter.get("name").stringValue();
        if (parameter.get("in").stringValue().equals("path")) {
          String[] pattern = call.route.split(" ")[1].split("/");
          String[] path = bare.split("/");
          for (int i = 0; i < path.length; i++) {
            path[i] = pattern[i].equals("{" + name + "}") ? "no-uuid" : path[i];
          }
          refused(call, String.join("/", path), call.body == null ? null : json(call.body));
        } else if (schema.get("type").stringValue().equals("integer")) {
          refused(call, bare + "?" + name + "=x", null);
          refused(call, bare + "?" + name + "=" + (schema.get("minimum").asLong() - 1), null);
          if (schema.has("maximum")) {
            refused(call, bare + "?" + name + "=" + (schema.get("maximum").asLong() + 1), null);
          }
        } else if (name.equals("cursor")) {
          refused(call, bare + "?cursor=x", null);
        }
      }
    }
  }

  private void refused(Call call, String path, JsonNode body) {
    Answer answer = send(call.route, path, body == null ? null : body.toString(), call.token);
    assertEquals(400, answer.status(), call.route + " " + path + " with " + body);
    assertEquals("INVALID_REQUEST", answer.errorCode(), call.route + " " + path + " with " + body);
  }

  private JsonNode operation(String route) {
    String[] parts = route.split(" ");
    return document.get("paths").path(parts[1]).path(parts[0].toLowerCase(Locale.ROOT));
  }

  private static JsonNode json(String text) {
    return server.http.Json.mapper().readTree(text);
  }

  private Answer send(String route, String path, String body, String token) {
    Answer answer = TestApi.call(node.port(), route.split(" ")[0], path, body, token);
    JsonNode responses = operation(route).get("responses");
    JsonNode described = responses.path(Integer.toString(answer.status()));
    if (described.isMissingNode()) {
      assertTrue(answer.status() >= 400, route + " " + answer.status() + " is not described");
      described = schemas.resolved(responses.get("default"));
    }
    if (described.has("content")) {
      var content = described.get("content").properties().iterator().next();
      String type = answer.response().headers().firstValue("content-type").orElse("none");
      assertEquals(content.getKey(), type.split(";")[0], route);
      if (content.getKey().equals("application/json")) {
        assertEquals(
            List.of(),
            schemas.faults(content.getValue().get("schema"), answer.json()),
            route + " " + answer.json());
      }
    } else {
      assertEquals("", answer.response().body(), route);
    }
    return answer;
  }

  /// Two people and what they do with every route.
  private final class Walk {
    private String conversation;

    private Answer call(String token, String route, String query, String body, Object... ids) {
      String path = route.split(" ")[1];
      for (Object id : ids) {
        path = path.replaceFirst("\\{\\w+}", id.toString());
      }
      Answer answer = send(route, path + query, body, token);
      assertTrue(answer.status() < 300, route + " " + answer.json());
      answered.add(route + " " + answer.status());
      accepted.add(new Call(route, path + query, body, token));
      return answer;
    }

    private Answer login(String phone, UUID device) {
      String asked = "{\"phone_number\":\"" + phone + "\"}";
      String otp = call(null, "POST /api/v1/auth/request-otp", "", asked).text("dev_otp");
      return call(
          null,
          "POST /api/v1/auth/verify-otp",
          "",
          """
          {"phone_number":"%s","otp":"%s","device_uuid":"%s","device_name":"d","platform":"web"}\
          """
              .formatted(phone, otp, device));
    }

    void everyRoute() {
      String bobsPhone = TestAccounts.newPhone();
      Answer ann = login(TestAccounts.newPhone(), UUID.randomUUID());
      Answer bob = login(bobsPhone, UUID.randomUUID());
      people(ann.text("access_token"), bob.text("user_id"), bobsPhone);
      keys(ann.text("access_token"), ann.text("user_id"));
      conversations(ann.text("access_token"), bob.text("user_id"));
      messages(ann.text("access_token"), bob.text("access_token"));
      Answer lost = login(bobsPhone, UUID.randomUUID());
      String revoked = lost.text("device_id");
      call(bob.text("access_token"), "DELETE /api/v1/devices/{device_id}", "", null, revoked);
      accepted.removeLast(); // a second time it is gone
      String refresh = "{\"refresh_token\":\"" + bob.text("refresh_token") + "\"}";
      call(null, "POST /api/v1/auth/refresh-token", "", refresh);
      String out = login(bobsPhone, UUID.randomUUID()).text("access_token");
      call(out, "POST /api/v1/auth/logout", "", null);
      for (String root :
          List.of("/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs")) {
        call(null, "GET " + root, "", null);
      }
    }

    private void people(String token, String bob, String bobsPhone) {
      call(token, "GET /api/v1/profile", "", null);
      String profile = "{\"display_name\":\"Ann ก\",\"username\":\"ann_1\",\"bio\":\"b\"}";
      call(token, "PATCH /api/v1/profile", "", profile);
      call(token, "GET /api/v1/users/{user_id}", "", null, bob);
      call(token, "GET /api/v1/users", "?username=ann_1", null);
      call(token, "GET /api/v1/users", "?phone_number=" + bobsPhone.replace("+", "%2B"), null);
      call(token, "GET /api/v1/devices", "", null);
    }

    private void keys(String token, String user) {
      call(
          token,
          "PUT /api/v1/keys",
          "",
          """
          {"registration_id":7,"identity_key":"AAEC","signed_prekey":{"id":1,"key":"AAEC","signature":"AAEC"},
           "one_time_prekeys":[{"id":1,"key":"AAEC"}]}\
          """);
      call(token, "GET /api/v1/keys", "", null);
      Answer with = call(token, "GET /api/v1/keys/{user_id}", "", null, user);
      assertTrue(with.at("devices/0").has("one_time_prekey"));
      Answer without = call(token, "GET /api/v1/keys/{user_id}", "", null, user);
      assertTrue(!without.at("devices/0").has("one_time_prekey"));
    }

    private void conversations(String token, String bob) {
      String group =
          """
          {"type":"group","member_ids":[],"name":"n","metadata":{"a":1},"client_conversation_id":"%s"}\
          """
              .formatted(UUID.randomUUID());
      conversation = call(token, "POST /api/v1/conversations", "", group).text("conversation_id");
      call(token, "POST /api/v1/conversations", "", group);
      String direct = "{\"type\":\"direct\",\"member_ids\":[\"" + bob + "\"]}";
      call(token, "POST /api/v1/conversations", "", direct);
      Answer page = call(token, "GET /api/v1/conversations", "?limit=1", null);
      call(token, "GET /api/v1/conversations", "?cursor=" + page.text("next_cursor"), null);
      call(token, "GET /api/v1/conversations/{conversation_id}", "", null, conversation);
      String described = "{\"name\":\"m\",\"metadata\":{}}";
      call(token, "PATCH /api/v1/conversations/{conversation_id}", "", described, conversation);
      String members = "/api/v1/conversations/{conversation_id}/members";
      String added = "{\"user_id\":\"" + bob + "\",\"role\":\"member\"}";
      call(token, "POST " + members, "", added, conversation);
      call(token, "POST " + members, "", added, conversation);
      page = call(token, "GET " + members, "?limit=1", null, conversation);
      call(token, "GET " + members, "?cursor=" + page.text("next_cursor"), null, conversation);
      call(token, "DELETE " + members + "/{user_id}", "", null, conversation, bob);
      accepted.removeLast(); // nor is the member there a second time
      call(token, "POST " + members, "", added, conversation);
    }

    private void messages(String token, String other) {
      String messages = "/api/v1/conversations/{conversation_id}/messages";
      String content = "\",\"content\":\"AAEC\",\"content_type\":\"text/plain\"";
      String first = "{\"client_message_id\":\"" + UUID.randomUUID() + content + "}";
      call(token, "POST " + messages, "", first, conversation);
      call(token, "POST " + messages, "", first, conversation);
      String second =
          "{\"client_message_id\":\"" + UUID.randomUUID() + content + ",\"reply_to_seq\":1}";
      call(token, "POST " + messages, "", second, conversation);
      call(token, "GET " + messages, "?after_seq=0&limit=9", null, conversation);
      String receipts = "/api/v1/conversations/{conversation_id}/receipts";
      String read = "{\"delivered_seq\":2,\"read_seq\":1}";
      call(token, "POST " + receipts, "", read, conversation);
      call(other, "POST " + receipts, "", read, conversation);
      Answer page = call(token, "GET " + receipts, "?seq=1&limit=1", null, conversation);
      assertTrue(page.at("receipts/0").has("read_at"));
      call(token, "GET " + receipts, "?cursor=" + page.text("next_cursor"), null, conversation);
      Answer sync = call(other, "GET /api/v1/sync", "", null);
      assertTrue(sync.at("caught_up").asBoolean());
    }
  }
}
