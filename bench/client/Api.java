package bench.client;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.IntFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a run needs of the HTTP API: logins and conversations, many at once. Waits for each answer;
/// for setting up, not for measuring. Thread-safe.
public final class Api implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(30); // a server may be restarting
  private static final JsonMapper JSON = new JsonMapper();
  private static final long FIRST_PHONE = 66_810_000_000L; // Thai mobile numbers, all valid

  private static final int MAX_TRIES = 20;
  private static final Duration PAUSE = Duration.ofSeconds(1); // what the server asks for

  /// Requests under way of one bulk: enough to keep two servers busy, few enough for their pools.
  private static final int AT_ONCE = 32;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();
  private final URI base;

  /// @param server where it listens
  public Api(InetSocketAddress server) {
    base = URI.create("http://" + server.getHostString() + ":" + server.getPort() + "/api/v1");
  }

  /// An answer with a status that was not asked for.
  public static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int status;

    Refused(String request, int status, String body) {
      super(request + " was answered with " + status + ": " + body);
      this.status = status;
    }

    public int status() {
      return status;
    }
  }

  /// A valid phone number for each number from 0 to 9,999,999.
  public static String phone(int number) {
    return "+" + (FIRST_PHONE + number);
  }

  /// Logs a device in; the server must be one that shows one-time passwords.
  ///
  /// @throws Refused when the server refuses
  /// @throws IOException when it does not answer
  public Device login(String phone, UUID deviceUuid) throws IOException, InterruptedException {
    String otp =
        post("/auth/request-otp", null, Map.of("phone_number", phone)).path("dev_otp").asString();
    JsonNode answer =
        post(
            "/auth/verify-otp",
            null,
            Map.of("phone_number", phone, "otp", otp, "device_uuid", deviceUuid.toString()));
    return new Device(
        phone,
        deviceUuid,
        UUID.fromString(answer.path("user_id").asString()),
        UUID.fromString(answer.path("device_id").asString()),
        answer.path("access_token").asString());
  }

  /// Logs the users `first` to `first + count - 1` in, a device each, in parallel; the same call
  /// logs the same devices in again, with fresh tokens.
  public List<Device> login(int first, int count) throws IOException, InterruptedException {
    return inParallel(
        count, i -> login(phone(first + i), new UUID(0x7600_0000_0000_4000L, first + i)));
  }

  /// A direct conversation, new or there already.
  public UUID direct(Device one, Device other) throws IOException, InterruptedException {
    return conversation(one, Map.of("type", "direct", "member_ids", List.of("" + other.userId())));
  }

  /// A new group of `members`; the first creates it.
  public UUID group(List<Device> members) throws IOException, InterruptedException {
    var others = members.stream().skip(1).map(member -> "" + member.userId()).toList();
    return conversation(
        members.getFirst(), Map.of("type", "group", "name", "load", "member_ids", others));
  }

  private UUID conversation(Device creator, Map<String, Object> body)
      throws IOException, InterruptedException {
    JsonNode answer = post("/conversations", creator.accessToken(), body);
    return UUID.fromString(answer.path("conversation_id").asString());
  }

  /// POSTs JSON and returns the answer's.
  ///
  /// @param token null for none
  public JsonNode post(String path, String token, Map<String, ?> body)
      throws IOException, InterruptedException {
    return call("POST", path, token, new HashMap<>(body));
  }

  /// GETs JSON.
  public JsonNode get(String path, String token) throws IOException, InterruptedException {
    return call("GET", path, token, null);
  }

  /// Sends a request; a missing body in the answer gives a missing node.
  ///
  /// @param body null for none
  public JsonNode call(String method, String path, String token, Map<String, ?> body)
      throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(URI.create(base + path)).timeout(TIMEOUT);
    request.method(
        method,
        body == null
            ? BodyPublishers.noBody()
            : BodyPublishers.ofString(JSON.writeValueAsString(body)));
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
    if (response.statusCode() / 100 != 2) {
      throw new Refused(method + " " + path, response.statusCode(), response.body());
    }
    return response.body().isEmpty() ? JSON.missingNode() : JSON.readTree(response.body());
  }

  /// One step of a bulk.
  @FunctionalInterface
  public interface Request<T> {
    T make(int index) throws IOException, InterruptedException;
  }

  /// Makes the requests 0 to `count - 1`, some at once, and returns the answers in order. One that
  /// the server has no time for is made again; the first other failure ends it.
  public static <T> List<T> inParallel(int count, Request<T> request)
      throws IOException, InterruptedException {
    var room = new Semaphore(AT_ONCE);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      IntFunction<Future<T>> start =
          i ->
              threads.submit(() -> {
                room.acquire();
                try {
                  return patiently(request, i);
                } finally {
                  room.release();
                }
              });
      List<Future<T>> under = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        under.add(start.apply(i));
      }
      List<T> answers = new ArrayList<>();
      try {
        for (Future<T> answer : under) {
          answers.add(answer.get());
        }
      } catch (ExecutionException e) {
        threads.shutdownNow();
        switch (e.getCause()) {
          case IOException io -> throw io;
          case RuntimeException runtime -> throw runtime;
          default -> throw new IllegalStateException(e.getCause());
        }
      }
      return answers;
    }
  }

  /// A busy server asks for patience (503, 429): so many at once is our doing.
  private static <T> T patiently(Request<T> request, int index)
      throws IOException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        return request.make(index);
      } catch (Refused e) {
        if (attempt == MAX_TRIES || e.status() != 503 && e.status() != 429) {
          throw e;
        }
        Thread.sleep(PAUSE);
      }
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
