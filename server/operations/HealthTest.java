package server.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import server.redis.Redis;
import server.testing.Await;
import server.testing.TestApi;
import server.testing.TestApi.Answer;
import server.testing.TestEngines;
import server.testing.TestProxy;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HealthTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private TestEngines engines;
  private TestProxy postgres;
  private TestProxy redisProxy;
  private HikariDataSource pool;
  private Redis redis;
  private Health health;
  private TestApi api;

  @BeforeAll
  void start() {
    engines = TestEngines.fresh();
    postgres = engines.postgresProxy();
    redisProxy = engines.redisProxy();
    pool = TestEngines.pool(engines.postgresBy(postgres));
    redis = Redis.connect(engines.redisBy(redisProxy));
  }

  @BeforeEach
  void serve() {
    health =
        new Health(
            () -> List.of(Health.Database.postgres(pool), Health.Database.redis(redis::available)));
    api = TestApi.serving(engines.dsl(), health);
    Await.until("ready", PATIENCE, () -> "ready".equals(ready().text("status")));
  }

  @AfterEach
  void mend() {
    postgres.mend();
    redisProxy.mend();
    api.close();
  }

  @AfterAll
  void stop() {
    redis.close();
    pool.close();
    engines.close();
  }

  private Answer ready() {
    return api.call("GET", "/health/ready", null, null);
  }

  @Test
  void readyNamesEachDatabaseAndItsState() {
    Answer ready = ready();
    assertEquals(200, ready.status());
    assertEquals("postgres", ready.text("databases/0/name"));
    assertEquals("up", ready.text("databases/0/state"));
    assertTrue(ready.at("databases/0/needed").asBoolean());
    assertEquals("redis", ready.text("databases/1/name"));
    assertEquals("up", ready.text("databases/1/state"));
    assertFalse(ready.at("databases/1/needed").asBoolean());
  }

  @Test
  void withoutPostgresItIsNotReadyAndSaysSoInTheErrorFormat() {
    postgres.cut();
    Await.until("noticed", PATIENCE, () -> ready().status() == 503);
    Answer away = ready();
    assertEquals("UNAVAILABLE", away.errorCode());
    assertEquals("unavailable", away.text("status"));
    assertEquals("away", away.text("databases/0/state"));
    assertEquals("up", away.text("databases/1/state"));
    assertEquals("1", away.response().headers().firstValue("Retry-After").orElseThrow());
    assertFalse(away.response().body().contains("127.0.0.1"), "no host is told");
    postgres.mend();
    Await.until("ready again", PATIENCE, () -> ready().status() == 200);
  }

  @Test
  void aPostgresThatStandsStillIsAwayBeforeItSpeaksAndLiveAnswersAllTheSame() {
    postgres.stall();
    Await.until("noticed while it says nothing", PATIENCE, () -> ready().status() == 503);
    assertEquals("live", api.call("GET", "/health/live", null, null).text("status"));
  }

  @Test
  void withoutRedisItIsDegradedAndStillReady() {
    redisProxy.cut();
    Await.until("noticed", PATIENCE, () -> "degraded".equals(ready().text("status")));
    assertEquals(200, ready().status());
    assertEquals("away", ready().text("databases/1/state"));
  }

  @Test
  void aStoppingNodeIsNotReadyButLives() {
    health.stopping();
    assertEquals(503, ready().status());
    assertEquals("stopping", ready().text("status"));
    assertEquals(200, api.call("GET", "/health/live", null, null).status());
  }

  @Test
  void manyQuestionsAskTheDatabasesOnce() {
    var asked = new AtomicInteger();
    var up = new AtomicBoolean(true);
    var counting =
        new Health(() ->
            List.of(
                new Health.Database(
                    "counted",
                    true,
                    () -> {
                      asked.incrementAndGet();
                      return up.get();
                    })));
    try (TestApi counted = TestApi.serving(engines.dsl(), counting)) {
      long begun = System.nanoTime();
      int questions = 50;
      for (int i = 0; i < questions; i++) {
        counted.call("GET", "/health/ready", null, null);
      }
      long periods = 1 + Duration.ofNanos(System.nanoTime() - begun).toMillis() / 250;
      assertTrue(asked.get() <= periods, asked + " times in " + periods + " periods");
    }
  }
}
