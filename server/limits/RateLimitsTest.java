package server.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import server.http.ApiError;
import server.http.ErrorCode;
import server.redis.Redis;
import server.testing.Await;
import server.testing.TestEngines;

class RateLimitsTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final ClientAddress ANYWHERE = new ClientAddress("9.9.9.9", false);
  private static final ClientAddress HERE = new ClientAddress("127.0.0.1", true);

  private static TestEngines engines;
  private static Redis redis;

  private final RateLimits limits = new RateLimits(redis);

  @BeforeAll
  static void start() {
    engines = TestEngines.fresh();
    redis = connect(engines.redis());
  }

  private static Redis connect(fixtures.urls.RedisUrl url) {
    Redis redis = Redis.connect(url);
    Await.until("connected", SOON, redis::available);
    return redis;
  }

  @AfterAll
  static void stop() {
    redis.close();
    engines.close();
  }

  /// How many of `tries` are served.
  private static int served(RateLimits by, Limit limit, Object subject, int tries) {
    int served = 0;
    for (int i = 0; i < tries; i++) {
      try {
        by.take(limit, subject, ANYWHERE);
        served++;
      } catch (ApiError e) {
        assertEquals(ErrorCode.RATE_LIMITED, e.code());
      }
    }
    return served;
  }

  @Test
  void theBurstIsServedAndThenTheTimeToWaitIsTold() {
    String phone = UUID.randomUUID().toString();
    assertEquals(5, served(limits, Limit.OTP_REQUEST_PHONE, phone, 5));
    var e =
        assertThrows(ApiError.class, () -> limits.take(Limit.OTP_REQUEST_PHONE, phone, ANYWHERE));
    assertEquals(ErrorCode.RATE_LIMITED, e.code());
    assertTrue(e.retryAfterSeconds() >= 59 && e.retryAfterSeconds() <= 60, e.getMessage());
    assertTrue(e.getMessage().endsWith("try again in " + e.retryAfterSeconds() + " s"));
  }

  @Test
  void whoWaitsAsLongAsToldIsServed() {
    UUID user = UUID.randomUUID();
    Limit.Rate rate = Limit.API.rate(false);
    long begun = System.nanoTime();
    int served = served(limits, Limit.API, user, rate.burst() + 20);
    long refilled = (System.nanoTime() - begun) / rate.intervalNanos() + 1;
    assertTrue(
        served >= rate.burst() && served <= rate.burst() + refilled, served + " were served");
    while (served(limits, Limit.API, user, 1) == 1) { // empties what came back meanwhile
      assertTrue(System.nanoTime() - begun < SOON.toNanos());
    }
    long waited =
        Await.until("the next token", SOON, () -> served(limits, Limit.API, user, 1) == 1);
    assertTrue(waited <= Duration.ofNanos(rate.intervalNanos()).toMillis() + 100, waited + " ms");
  }

  @Test
  void allNodesCountTogether() {
    UUID user = UUID.randomUUID();
    try (Redis other = connect(engines.redis())) {
      assertEquals(20, served(limits, Limit.USER_LOOKUP, user, 20));
      assertEquals(10, served(new RateLimits(other), Limit.USER_LOOKUP, user, 20));
      assertEquals(0, served(limits, Limit.USER_LOOKUP, user, 1));
    }
  }

  @Test
  void hundredsAtOnceGetNotOneMoreThanTheBurst() throws Exception {
    String phone = UUID.randomUUID().toString();
    var served = new AtomicInteger();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Void> one =
          () -> {
            served.addAndGet(served(limits, Limit.OTP_GUESS_PHONE, phone, 1));
            return null;
          };
      for (var done : threads.invokeAll(IntStream.range(0, 300).mapToObj(_ -> one).toList())) {
        done.get();
      }
    }
    assertEquals(10, served.get());
  }

  @Test
  void whatIsGivenBackCanBeTakenAgainButNoMoreThanTheBurst() {
    UUID phone = UUID.randomUUID();
    limits.giveBack(Limit.OTP_GUESS_PHONE, phone, ANYWHERE);
    assertEquals(10, served(limits, Limit.OTP_GUESS_PHONE, phone, 11));
    limits.giveBack(Limit.OTP_GUESS_PHONE, phone, ANYWHERE);
    assertEquals(1, served(limits, Limit.OTP_GUESS_PHONE, phone, 2));
  }

  @Test
  void aClientOnThisMachineInDevelopmentHasABucketOfItsOwn() {
    String address = UUID.randomUUID().toString();
    assertEquals(30, served(limits, Limit.OTP_REQUEST_ADDRESS, address, 31));
    for (int i = 0; i < 2_000; i++) {
      limits.take(Limit.OTP_REQUEST_ADDRESS, address, HERE);
    }
  }

  @Test
  void whileRedisIsAwayEachNodeCountsForItselfAndNobodyWaits() {
    UUID user = UUID.randomUUID();
    try (var proxy = engines.redisProxy();
        Redis away = connect(engines.redisBy(proxy))) {
      var there = new RateLimits(away);
      assertEquals(1, served(there, Limit.USER_LOOKUP, user, 1));
      proxy.cut();
      Await.until("away", SOON, () -> !away.available());
      long begun = System.nanoTime();
      assertEquals(30, served(there, Limit.USER_LOOKUP, user, 40));
      assertTrue(System.nanoTime() - begun < Duration.ofMillis(500).toNanos());
      proxy.mend();
      Await.until("back", SOON, away::available);
      assertEquals(
          29, served(there, Limit.USER_LOOKUP, user, 40), "Redis still knows the first one");
    }
  }

  @Test
  void whileRedisStandsStillARequestWaitsOnceAndThenNobodyDoes() {
    try (var proxy = engines.redisProxy();
        Redis stalled = connect(engines.redisBy(proxy))) {
      var there = new RateLimits(stalled);
      UUID user = UUID.randomUUID();
      proxy.stall();
      there.take(Limit.USER_LOOKUP, user, ANYWHERE);
      Await.until("known", SOON, () -> !stalled.available());
      long begun = System.nanoTime();
      assertEquals(29, served(there, Limit.USER_LOOKUP, user, 100), "the one that waited counts");
      assertTrue(System.nanoTime() - begun < Duration.ofMillis(500).toNanos());
    }
  }

  @Test
  void aRequestCostsOneRedisCommandAndASendNone() {
    UUID user = UUID.randomUUID();
    limits.take(Limit.API, user, HERE); // the script is loaded by now
    long before = scriptCalls();
    for (int i = 0; i < 50; i++) {
      limits.take(Limit.API, user, HERE);
      limits.take(Limit.SEND, user, HERE);
    }
    assertEquals(50, scriptCalls() - before);
  }

  @Test
  void aBucketThatIsFullAgainLeavesNothingInRedis() {
    String subject = UUID.randomUUID().toString();
    limits.take(Limit.API, subject, HERE);
    String pattern = "*" + subject + "*";
    Await.until("gone", SOON, () -> Redis.await(redis.commands().keys(pattern)).isEmpty());
  }

  private static long scriptCalls() {
    String stats = Redis.await(redis.commands().info("commandstats"));
    var matcher = Pattern.compile("cmdstat_evalsha:calls=(\\d+)").matcher(stats);
    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
  }
}
