package server.realtime;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import server.conversations.Conversations;
import server.conversations.Memberships;
import server.http.Caller;
import server.http.HttpServer;
import server.limits.ClientAddress;
import server.limits.RateLimits;
import server.messages.Acknowledging;
import server.messages.Batcher;
import server.messages.PostgresMessageStore;
import server.redis.Redis;
import server.testing.Await;
import server.testing.RawSocket;
import server.testing.TestEngines;

/// Who answers pings stays, who does not is ended; with a heart that beats faster than a server's.
final class HeartbeatTest {
  private static final Duration PERIOD = Duration.ofMillis(400);

  private TestEngines engines;
  private Redis redis;
  private Batcher batcher;
  private Realtime realtime;
  private HttpServer http;

  @BeforeEach
  void start() {
    engines = TestEngines.fresh();
    redis = Redis.connect(engines.redis());
    var store = new PostgresMessageStore(engines.dataSource(), engines.dsl());
    var memberships = new Memberships(engines.dsl());
    realtime =
        new Realtime(
            store,
            memberships,
            new Conversations(engines.dsl(), store),
            engines.dsl(),
            redis,
            PERIOD);
    batcher = new Batcher(store, realtime.commits(), 1);
    var acknowledging = new Acknowledging(memberships, store, _ -> new CompletableFuture<>());
    WebSocketEndpoint endpoint =
        realtime.endpoint(
            new WebSocketEndpoint.Upgrades(
                HeartbeatTest::caller, _ -> false, _ -> new ClientAddress("here", true)),
            batcher,
            acknowledging,
            new RateLimits(redis));
    http = HttpServer.start("127.0.0.1", 0, List.of(), HeartbeatTest::caller, endpoint::addTo);
  }

  private static Caller caller(String token) {
    UUID id = UUID.fromString(token);
    return new Caller(id, id, id);
  }

  @AfterEach
  void stop() {
    realtime.drain();
    http.close();
    batcher.close();
    realtime.close();
    redis.close();
    engines.close();
  }

  private RawSocket open() {
    RawSocket socket = RawSocket.open(http.port(), UUID.randomUUID().toString());
    assertTrue(socket.read(RawSocket.TEXT).text().contains("\"heartbeat_seconds\":1"));
    return socket;
  }

  @Test
  void whoAnswersNoneOfThreePingsIsEndedAndNotBefore() {
    try (RawSocket socket = open()) {
      for (int i = 0; i < 3; i++) {
        assertNotNull(socket.read(RawSocket.PING), "it was ended after " + i);
      }
      long third = System.nanoTime();
      assertNull(socket.read(RawSocket.PING));
      long millis = (System.nanoTime() - third) / 1_000_000;
      // Ended when a fourth would be due, and the third had its time.
      assertTrue(millis > 200, "after " + millis + " ms");
    }
  }

  @Test
  void whoAnswersAPingNowAndThenStays() {
    try (RawSocket socket = open()) {
      for (int i = 0; i < 7; i++) {
        RawSocket.Frame ping = socket.read(RawSocket.PING);
        assertNotNull(ping, "it was ended after " + i);
        if (i % 3 == 2) {
          socket.frame(RawSocket.PONG, true, ping.payload());
        }
      }
    }
  }

  @Test
  void pongsThatNobodyAskedForAndOtherFramesAreNoHarm() {
    try (RawSocket socket = open()) {
      socket.frame(RawSocket.PONG, true, new byte[] {1, 2, 3});
      socket.text("{\"type\":\"ping\",\"id\":1}");
      assertTrue(socket.read(RawSocket.TEXT).text().contains("pong"));
    }
    Await.until("it is forgotten", Duration.ofSeconds(5), () -> sockets() == 0);
  }

  private long sockets() {
    var registry = new SimpleMeterRegistry();
    realtime.register(registry);
    return (long) registry.get("vyry.sockets").gauge().value();
  }
}
