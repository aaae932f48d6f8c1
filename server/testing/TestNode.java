package server.testing;

import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;
import fixtures.urls.RedisUrl;
import fixtures.urls.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import server.http.Json;
import server.operations.Node;
import server.operations.ServerSettings;
import tools.jackson.databind.JsonNode;

/// A whole server in this process, on test engines, with a client for its routes and sockets.
public final class TestNode implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final Duration PATIENCE = Duration.ofSeconds(30); // never the normal case
  private static final long FIRST_PHONE = 66_810_000_000L; // Thai mobile numbers, all valid
  private static final int PHONES = 9_999_999;

  private final Node node;

  private TestNode(Node node) {
    this.node = node;
  }

  /// Starts a node in development mode on a free port.
  public static TestNode on(TestEngines engines) {
    return on(engines.postgres(), engines.redis());
  }

  /// The same, with whatever URLs.
  public static TestNode on(PostgresUrl postgres, RedisUrl redis) {
    return on(postgres, redis, Map.of());
  }

  /// The same, with messages in CQL.
  public static TestNode on(TestEngines engines, CqlUrl cql) {
    return on(engines.postgres(), engines.redis(), Map.of(Settings.SCYLLADB_URL, cql.text()));
  }

  private static TestNode on(PostgresUrl postgres, RedisUrl redis, Map<String, String> more) {
    Map<String, String> flags = new HashMap<>(more);
    flags.put("SERVER_PORT", "0");
    var settings = new Settings(Path.of("."), Map.of(), ServerSettings.defaults(), flags);
    return new TestNode(Node.start(ServerSettings.of(settings), postgres, redis));
  }

  public int port() {
    return node.port();
  }

  /// One device of one user, logged in.
  ///
  /// @param phone logs further devices of the same user in
  public record Device(
      String phone, UUID userId, UUID deviceId, String accessToken, String refreshToken) {}

  /// What a route answered; a null body for none.
  public record Answer(int status, JsonNode body, HttpResponse<String> response) {
    /// A field's text.
    public String text(String field) {
      return body.path(field).asString();
    }

    /// The error's code, null when it is none.
    public String errorCode() {
      return body == null ? null : body.path("error_code").asString(null);
    }
  }

  /// Logs a new user in.
  public Device newUser() {
    long number = FIRST_PHONE + ThreadLocalRandom.current().nextLong(PHONES);
    return login("+" + number, UUID.randomUUID());
  }

  /// Logs another device of the same user in.
  public Device anotherDevice(Device of) {
    return login(of.phone(), UUID.randomUUID());
  }

  /// Logs a device in.
  public Device login(String phone, UUID deviceUuid) {
    Answer asked = call("POST", "/auth/request-otp", null, Map.of("phone_number", phone));
    Answer in =
        call(
            "POST",
            "/auth/verify-otp",
            null,
            Map.of(
                "phone_number",
                phone,
                "otp",
                asked.text("dev_otp"),
                "device_uuid",
                deviceUuid,
                "platform",
                "web"));
    if (in.status() != 200) {
      throw new AssertionError("logging in answered " + in.status() + " " + in.body());
    }
    return new Device(
        phone,
        UUID.fromString(in.text("user_id")),
        UUID.fromString(in.text("device_id")),
        in.text("access_token"),
        in.text("refresh_token"));
  }

  /// Calls a route below `/api/v1`.
  ///
  /// @param as whose token is sent, null for none
  /// @param body any object, text as it is, null for none
  public Answer call(String method, String path, Device as, Object body) {
    String text =
        body == null ? null : body instanceof String s ? s : Json.mapper().writeValueAsString(body);
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + "/api/v1" + path))
            .timeout(PATIENCE)
            .method(method, text == null ? BodyPublishers.noBody() : BodyPublishers.ofString(text));
    if (as != null) {
      request.header("Authorization", "Bearer " + as.accessToken());
    }
    try {
      HttpResponse<String> response = HTTP.send(request.build(), BodyHandlers.ofString());
      String answer = response.body();
      return new Answer(
          response.statusCode(),
          answer.isEmpty() ? null : Json.mapper().readTree(answer),
          response);
    } catch (IOException e) {
      throw new AssertionError(method + " " + path + " got no answer", e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// What `/health/ready` says.
  public String ready() {
    try {
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + "/health/ready"));
      return HTTP.send(request.build(), BodyHandlers.ofString()).body();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Makes a group, or with one other a direct conversation when `group` is false.
  public UUID conversation(Device creator, boolean group, Device... others) {
    var members = java.util.Arrays.stream(others).map(Device::userId).toList();
    Answer made =
        call(
            "POST",
            "/conversations",
            creator,
            Map.of("type", group ? "group" : "direct", "member_ids", members));
    return UUID.fromString(made.text("conversation_id"));
  }

  /// Opens the device's socket and waits for its welcome.
  public TestSocket open(Device device) {
    TestSocket socket = TestSocket.open(port(), device.accessToken());
    socket.next("welcome");
    return socket;
  }

  /// The same, and starts delivery.
  public TestSocket openAndResume(Device device) {
    TestSocket socket = open(device);
    socket.send("resume");
    socket.next("caught_up");
    return socket;
  }

  @Override
  public void close() {
    node.close();
  }
}
