package bench.jmh;

import fixtures.urls.RedisUrl;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import server.http.ApiError;
import server.limits.ClientAddress;
import server.limits.Limit;
import server.limits.RateLimits;
import server.redis.Redis;

/// A use is counted against a limit, in Redis, by a token bucket in a script. The twin: INCR and,
/// the first time, PEXPIRE: a window, which lets twice as much pass at its edges.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RateLimit {
  private static final long WINDOW_MILLIS = 60_000;
  private static final int CONNECT_TRIES = 100;
  private static final long CONNECT_MILLIS = 50;

  private Redis redis;
  private RateLimits limits;
  private RedisClient client;
  private StatefulRedisConnection<String, String> plain;
  private final ClientAddress address = new ClientAddress("127.0.0.1", true);
  private long number;

  /// Connects, and proves that either lets so many pass and refuses the next.
  @Setup(Level.Trial)
  public void prove() throws InterruptedException {
    String url = EngineUrls.ofThisProcess().redis();
    redis = Redis.connect(RedisUrl.parse(url));
    for (int i = 0; i < CONNECT_TRIES && !redis.available(); i++) {
      Thread.sleep(CONNECT_MILLIS);
    }
    limits = new RateLimits(redis);
    client = RedisClient.create(url);
    plain = client.connect();
    var strict = new ClientAddress("192.0.2.1", false);
    int burst = 5; // OTP_REQUEST_PHONE's; a token comes back after a minute
    String subject = UUID.randomUUID().toString();
    for (int use = 1; use <= burst + 1; use++) {
      boolean passes = true;
      try {
        limits.take(Limit.OTP_REQUEST_PHONE, subject, strict);
      } catch (ApiError _) {
        passes = false;
      }
      Proof.same("use " + use, passes, window(subject) <= burst);
    }
  }

  private long window(String subject) {
    long count = plain.sync().incr("bench:limit:" + subject);
    if (count == 1) {
      plain.sync().pexpire("bench:limit:" + subject, WINDOW_MILLIS);
    }
    return count;
  }

  private String subject() {
    return "s" + number++ % 1_000;
  }

  @Benchmark
  public void ours() {
    limits.take(Limit.API, subject(), address);
  }

  @Benchmark
  public long twin() {
    return window(subject());
  }

  @TearDown(Level.Trial)
  public void stop() {
    client.shutdown();
    redis.close();
  }
}
