package bench.jmh;

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

/// A use is counted against a limit, in Redis, by a token bucket in a script. The twin: INCR and,
/// the first time, PEXPIRE: a window, which lets twice as much pass at its edges.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RateLimit {
  private static final long WINDOW_MILLIS = 60_000;

  private RedisPair redis;
  private RateLimits limits;
  private final ClientAddress address = new ClientAddress("127.0.0.1", true);
  private long number;

  /// Connects, and proves that either lets so many pass and refuses the next.
  @Setup(Level.Trial)
  public void prove() throws InterruptedException {
    redis = RedisPair.connect();
    limits = new RateLimits(redis.redis());
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
    long count = redis.plain().incr("bench:limit:" + subject);
    if (count == 1) {
      redis.plain().pexpire("bench:limit:" + subject, WINDOW_MILLIS);
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
    redis.close();
  }
}
