package server.testing;

import com.zaxxer.hikari.HikariDataSource;
import fixtures.urls.PostgresUrl;
import fixtures.urls.RedisUrl;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import server.accounts.Accounts;
import server.accounts.OtpDelivery;
import server.accounts.ServerSecret;
import server.http.HttpServer;
import server.http.Json;
import server.http.Routes;
import server.limits.ClientAddresses;
import server.limits.RateLimits;
import server.limits.RequestLimits;
import server.messages.MessageStore;
import server.messages.PostgresMessageStore;
import server.redis.Redis;
import server.testing.TestApi.Answer;
import tools.jackson.databind.JsonNode;

/// A node that has accounts only, in development mode, behind the real HTTP server. Several on the
/// same engines are one system. Thread-safe.
public final class TestAccounts implements AutoCloseable {
  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final AtomicLong PHONES = new AtomicLong(66_800_000_000L);
  private static final ServerSecret SECRET =
      ServerSecret.of("a secret for tests that is long enough");

  private final HikariDataSource pool;
  private final DSLContext dsl;
  private final Redis redis;
  private final Accounts accounts;
  private final HttpServer server;

  private TestAccounts(PostgresUrl postgres, RedisUrl redisUrl, OtpDelivery delivery) {
    this.pool = TestEngines.pool(postgres);
    this.dsl = DSL.using(pool, SQLDialect.POSTGRES);
    this.redis = Redis.connect(redisUrl);
    var limits = new RateLimits(redis);
    var addresses = ClientAddresses.of("", true);
    MessageStore messages = new PostgresMessageStore(pool, dsl);
    this.accounts =
        new Accounts(
            dsl, redis, messages, limits, addresses, SECRET, delivery, InstantSource.system());
    accounts.start();
    List<Routes> routes = new ArrayList<>(accounts.routes());
    routes.add(new RequestLimits(limits, addresses));
    this.server =
        HttpServer.start("127.0.0.1", 0, routes, accounts.authenticator()::authenticate, _ -> {});
    Await.until("connected to Redis", CONNECT_LIMIT, redis::available);
  }

  /// A node that shows codes in its responses.
  public static TestAccounts on(TestEngines engines) {
    return new TestAccounts(engines.postgres(), engines.redis(), OtpDelivery.shown());
  }

  /// A node that delivers codes in another way.
  public static TestAccounts on(TestEngines engines, OtpDelivery delivery) {
    return new TestAccounts(engines.postgres(), engines.redis(), delivery);
  }

  /// A node on other ways to the engines.
  public static TestAccounts on(PostgresUrl postgres, RedisUrl redis) {
    return new TestAccounts(postgres, redis, OtpDelivery.shown());
  }

  public DSLContext dsl() {
    return dsl;
  }

  public Redis redis() {
    return redis;
  }

  public Accounts accounts() {
    return accounts;
  }

  /// A phone number that no other test of this process uses.
  public static String newPhone() {
    return "+" + PHONES.incrementAndGet();
  }

  /// What a device has after logging in.
  public record Login(
      String phone, UUID deviceUuid, UUID userId, UUID deviceId, String access, String refresh) {}

  /// Logs a device of this phone number in.
  public Login login(String phone, UUID deviceUuid) {
    String otp = otp(phone);
    Answer answer = verify(phone, otp, deviceUuid);
    if (answer.status() != 200) {
      throw new AssertionError("logging in gave " + answer.status() + " " + answer.json());
    }
    return new Login(
        phone,
        deviceUuid,
        UUID.fromString(answer.text("user_id")),
        UUID.fromString(answer.text("device_id")),
        answer.text("access_token"),
        answer.text("refresh_token"));
  }

  /// A new device of a new user.
  public Login login() {
    return login(newPhone(), UUID.randomUUID());
  }

  /// Asks for a code and reads it from the response.
  public String otp(String phone) {
    Answer answer = post("/auth/request-otp", "{\"phone_number\":\"" + phone + "\"}", null);
    if (answer.status() != 202) {
      throw new AssertionError("asking for a code gave " + answer.status() + " " + answer.json());
    }
    return answer.text("dev_otp");
  }

  /// Presents a code.
  public Answer verify(String phone, String otp, UUID deviceUuid) {
    return post(
        "/auth/verify-otp",
        "{\"phone_number\":\"%s\",\"otp\":\"%s\",\"device_uuid\":\"%s\"}"
            .formatted(phone, otp, deviceUuid),
        null);
  }

  /// Presents a refresh token.
  public Answer refresh(String token) {
    return post("/auth/refresh-token", "{\"refresh_token\":\"" + token + "\"}", null);
  }

  public Answer get(String path, String token) {
    return call("GET", path, null, token);
  }

  public Answer post(String path, String body, String token) {
    return call("POST", path, body, token);
  }

  /// Calls a path under `/api/v1`.
  ///
  /// @param token null for none
  public Answer call(String method, String path, String body, String token) {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + Routes.API + path))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      HttpResponse<String> response = HTTP.send(request.build(), BodyHandlers.ofString());
      JsonNode json = response.body().isEmpty() ? null : Json.mapper().readTree(response.body());
      return new Answer(response.statusCode(), response, json);
    } catch (IOException e) {
      throw new AssertionError(method + " " + path + " was not answered", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    server.close();
    accounts.close();
    redis.close();
    pool.close();
  }
}
