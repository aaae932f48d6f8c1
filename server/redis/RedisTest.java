package server.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.RedisUrl;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import server.testing.Await;
import server.testing.TestEngines;

class RedisTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final Duration AT_ONCE = Duration.ofMillis(300);
  private static final int CLUSTER_MASTERS = 3;
  private static TestEngines engines;

  @BeforeAll
  static void start() {
    engines = TestEngines.fresh();
  }

  @AfterAll
  static void stop() {
    engines.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static Redis connected(RedisUrl url) {
    Redis redis = Redis.connect(url);
    Await.until("connected", SOON, redis::available);
    return redis;
  }

  @Test
  void aValueThatIsWrittenIsReadBack() {
    try (Redis redis = connected(engines.redis())) {
      Redis.await(redis.commands().set(bytes("k"), bytes("v")));
      assertArrayEquals(bytes("v"), Redis.await(redis.commands().get(bytes("k"))));
    }
  }

  @Test
  void startingWithoutRedisDoesNotWaitAndEveryUseIsRefusedAtOnce() {
    long begun = System.nanoTime();
    try (Redis redis = Redis.connect(RedisUrl.parse("redis://127.0.0.1:1/0"))) {
      assertFalse(redis.available());
      assertThrows(RedisAway.class, redis::commands);
      assertTrue(System.nanoTime() - begun < SOON.toNanos() / 2);
    }
  }

  @Test
  void itConnectsAsSoonAsRedisIsThere() {
    try (var proxy = engines.redisProxy()) {
      proxy.cut();
      try (Redis redis = Redis.connect(engines.redisBy(proxy))) {
        assertFalse(redis.available());
        proxy.mend();
        Await.until("connected", SOON, redis::available);
        assertEquals("PONG", Redis.await(redis.commands().ping()));
      }
    }
  }

  @Test
  void aBrokenConnectionRefusesAtOnceAndComesBackByItself() {
    try (var proxy = engines.redisProxy();
        Redis redis = connected(engines.redisBy(proxy))) {
      proxy.cut();
      Await.until("away", AT_ONCE, () -> !redis.available());
      assertThrows(RedisAway.class, redis::commands);
      proxy.mend();
      Await.until("back", SOON, redis::available);
      assertEquals("PONG", Redis.await(redis.commands().ping()));
    }
  }

  @Test
  void anAnswerThatDoesNotComeIsWaitedForOneSecondAndThenNobodyWaitsAnyMore() {
    try (var proxy = engines.redisProxy();
        Redis redis = connected(engines.redisBy(proxy))) {
      proxy.stall();
      long begun = System.nanoTime();
      var command = redis.commands().get(bytes("k"));
      assertThrows(RedisAway.class, () -> Redis.await(command));
      long waited = Duration.ofNanos(System.nanoTime() - begun).toMillis();
      assertTrue(waited >= 950 && waited < 2_000, "waited " + waited + " ms");
      Await.until("known to stand still", SOON, () -> !redis.available());
      proxy.mend();
      Await.until("back", SOON, redis::available);
    }
  }

  @Test
  void aCommandWhoseConnectionBrokeIsNotRepeated() throws InterruptedException {
    try (var proxy = engines.redisProxy();
        Redis redis = connected(engines.redisBy(proxy))) {
      Redis.await(redis.commands().del(bytes("counter")));
      proxy.stall();
      var command = redis.commands().incr(bytes("counter"));
      proxy.cut();
      assertThrows(RedisAway.class, () -> Redis.await(command));
      proxy.mend();
      Await.until("back", SOON, redis::available);
      assertEquals(1, Redis.await(redis.commands().incr(bytes("counter"))));
    }
  }

  @Test
  void aScriptRunsAlsoWhenRedisHasForgottenIt() {
    Script script = Script.beside(RedisTest.class, "echo_test.lua");
    try (Redis redis = connected(engines.redis())) {
      for (int i = 0; i < 2; i++) {
        Redis.await(redis.commands().scriptFlush());
        String answer =
            new String(script.<byte[]>call(redis, ScriptOutputType.VALUE, "k", "a"), UTF_8);
        assertEquals("k=a", answer);
      }
    }
  }

  @Test
  void aScriptsOwnErrorIsAFaultAndNotAnAbsence() {
    Script script = Script.beside(RedisTest.class, "echo_test.lua");
    try (Redis redis = connected(engines.redis())) {
      var e =
          assertThrows(
              RuntimeException.class, () -> script.call(redis, ScriptOutputType.VALUE, "k"));
      assertFalse(e instanceof RedisAway);
    }
  }

  @Test
  void aLinkThatIsFlushedByHandWritesNothingBefore() throws Exception {
    try (Redis redis = connected(engines.redis());
        RedisLink link = redis.linkFlushedByHand()) {
      Await.until("connected", SOON, link::available);
      link.commands().set(bytes("gathered"), bytes("1"));
      var last = link.commands().incr(bytes("gathered"));
      link.flush();
      assertEquals(2, Redis.await(last));
    }
  }

  @Test
  void aLinkThatIsFlushedByHandWorksAgainAfterItsConnectionBroke() {
    try (var proxy = engines.redisProxy();
        Redis redis = connected(engines.redisBy(proxy));
        RedisLink link = redis.linkFlushedByHand()) {
      Await.until("connected", SOON, link::available);
      proxy.cut();
      Await.until("away", AT_ONCE, () -> !link.available());
      assertThrows(RedisAway.class, link::commands);
      link.flush();
      proxy.mend();
      Await.until("back", SOON, link::available);
      var answer = link.commands().ping();
      link.flush();
      assertEquals("PONG", Redis.await(answer));
    }
  }

  @Test
  void aSubscriberThatWasThereBeforeRedisHearsWhatIsPublishedLater() throws Exception {
    try (var proxy = engines.redisProxy()) {
      proxy.cut();
      try (Redis redis = Redis.connect(engines.redisBy(proxy))) {
        var heard = new LinkedBlockingQueue<String>();
        var listening = new CompletableFuture<Void>();
        redis.hear(connection -> {
          connection.addListener(
              new RedisPubSubAdapter<byte[], byte[]>() {
                @Override
                public void message(byte[] channel, byte[] message) {
                  heard.add(new String(message, UTF_8));
                }

                @Override
                public void subscribed(byte[] channel, long count) {
                  heard.add("subscribed");
                }
              });
          connection.async().subscribe(bytes("news"));
          listening.complete(null);
        });
        proxy.mend();
        listening.get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertEquals("subscribed", heard.poll(SOON.toSeconds(), TimeUnit.SECONDS));
        Await.until("connected", SOON, redis::available);
        Redis.await(redis.commands().publish(bytes("news"), bytes("hello")));
        assertEquals("hello", heard.poll(SOON.toSeconds(), TimeUnit.SECONDS));
      }
    }
  }

  @Test
  void inAClusterEveryNodesKeysAreReachedAndScriptsRunWhereTheirKeyIs() throws Exception {
    Script script = Script.beside(RedisTest.class, "echo_test.lua");
    try (var cluster = TestEngines.redisCluster(CLUSTER_MASTERS);
        Redis redis = connected(RedisUrl.parse(cluster.url()))) {
      for (int i = 0; i < 30; i++) {
        String key = "{" + i + "}";
        Redis.await(redis.commands().set(bytes(key), bytes("" + i)));
        assertArrayEquals(bytes("" + i), Redis.await(redis.commands().get(bytes(key))));
        byte[] answer = script.call(redis, ScriptOutputType.VALUE, key, "a");
        assertEquals(key + "=a", new String(answer, UTF_8));
      }
      var heard = new LinkedBlockingQueue<String>();
      var opened = new CompletableFuture<StatefulRedisPubSubConnection<byte[], byte[]>>();
      redis.hear(opened::complete);
      var connection = opened.get(SOON.toSeconds(), TimeUnit.SECONDS);
      connection.addListener(
          new RedisPubSubAdapter<byte[], byte[]>() {
            @Override
            public void message(byte[] channel, byte[] message) {
              heard.add(new String(message, UTF_8));
            }
          });
      connection.async().subscribe(bytes("news")).get(SOON.toSeconds(), TimeUnit.SECONDS);
      Redis.await(redis.commands().publish(bytes("news"), bytes("hello")));
      assertEquals("hello", heard.poll(SOON.toSeconds(), TimeUnit.SECONDS));
    }
  }
}
