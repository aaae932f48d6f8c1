package server.testing;

import static migrate.generated.Tables.DEVICES;
import static migrate.generated.Tables.USERS;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jooq.DSLContext;
import server.http.Caller;
import server.http.HttpServer;
import server.http.Json;
import server.http.Routes;
import tools.jackson.databind.JsonNode;

/// Some subjects' routes behind the real HTTP server, without logging in: a token is the caller's
/// ids. For tests of one subject; what involves accounts or sockets starts a whole node.
public final class TestApi implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final HttpServer server;
  private final DSLContext dsl;

  private TestApi(HttpServer server, DSLContext dsl) {
    this.server = server;
    this.dsl = dsl;
  }

  /// Serves these routes on a free port.
  public static TestApi serving(DSLContext dsl, Routes... routes) {
    return new TestApi(
        HttpServer.start("127.0.0.1", 0, List.of(routes), TestApi::caller, _ -> {}), dsl);
  }

  private static Caller caller(String token) {
    String[] ids = token.split("/");
    return new Caller(UUID.fromString(ids[0]), UUID.fromString(ids[1]), UUID.fromString(ids[1]));
  }

  /// One device of one user, who is in the database.
  public final class User {
    private final UUID userId;
    private final UUID deviceId;

    private User(UUID userId, UUID deviceId) {
      this.userId = userId;
      this.deviceId = deviceId;
    }

    public UUID userId() {
      return userId;
    }

    public UUID deviceId() {
      return deviceId;
    }

    /// Another device of the same user.
    public User otherDevice() {
      return new User(userId, device(userId));
    }

    public Answer get(String path) {
      return call("GET", path, null);
    }

    public Answer post(String path, String body) {
      return call("POST", path, body);
    }

    public Answer patch(String path, String body) {
      return call("PATCH", path, body);
    }

    public Answer delete(String path) {
      return call("DELETE", path, null);
    }

    private Answer call(String method, String path, String body) {
      return TestApi.this.call(method, Routes.API + path, body, userId + "/" + deviceId);
    }
  }

  /// @param json null when the body is empty or no JSON
  public record Answer(int status, HttpResponse<String> response, JsonNode json) {
    /// A field of the body as text; nested ones by `a/0/b`.
    public String text(String field) {
      JsonNode found = at(field);
      return found.isMissingNode() ? null : found.asString();
    }

    /// A field of the body, or a missing node.
    public JsonNode at(String field) {
      return json.at("/" + field);
    }

    public String errorCode() {
      return text("error_code");
    }
  }

  /// A new user with one device.
  public User user() {
    UUID userId =
        dsl.insertInto(USERS)
            .set(USERS.PHONE_NUMBER, "+66" + ThreadLocalRandom.current().nextLong(1L << 48))
            .returning(USERS.USER_ID)
            .fetchSingle(USERS.USER_ID);
    return new User(userId, device(userId));
  }

  private UUID device(UUID userId) {
    return dsl.insertInto(DEVICES)
        .set(DEVICES.USER_ID, userId)
        .set(DEVICES.DEVICE_UUID, UUID.randomUUID())
        .returning(DEVICES.DEVICE_ID)
        .fetchSingle(DEVICES.DEVICE_ID);
  }

  /// Calls any path.
  ///
  /// @param token null for none
  public Answer call(String method, String path, String body, String token) {
    return call(server.port(), method, path, body, token);
  }

  /// Calls any path of any server on this machine.
  ///
  /// @param body null for none
  /// @param token null for none
  public static Answer call(int port, String method, String path, String body, String token) {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      HttpResponse<String> response = HTTP.send(request.build(), BodyHandlers.ofString());
      boolean json =
          response.headers().firstValue("content-type").orElse("").startsWith("application/json")
              && !response.body().isEmpty();
      return new Answer(
          response.statusCode(), response, json ? Json.mapper().readTree(response.body()) : null);
    } catch (IOException e) {
      throw new AssertionError(method + " " + path + " was not answered", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /// Where it listens.
  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.close();
  }
}
