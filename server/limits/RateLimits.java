package server.limits;

import io.lettuce.core.RedisException;
import io.lettuce.core.ScriptOutputType;
import java.util.concurrent.TimeUnit;
import server.http.ApiError;
import server.http.ErrorCode;
import server.redis.Redis;
import server.redis.RedisAway;
import server.redis.Script;

/// Limits, counted in Redis by all nodes together; while Redis is away, and for sends always, by
/// this node alone. One Redis command for each [#take], none for a send. Thread-safe.
public final class RateLimits {
  private static final Script TAKE = Script.beside(RateLimits.class, "take.lua");
  private static final String PREFIX = "vyry:limit:";

  private final Redis redis;
  private final LocalBuckets local = new LocalBuckets(System::nanoTime);

  public RateLimits(Redis redis) {
    this.redis = redis;
  }

  /// Counts one use.
  ///
  /// @param subject what is counted: a UUID or a text; appears in Redis as it is, so hash what is
  ///   nobody's business
  /// @throws ApiError `RATE_LIMITED` with the time to wait; then nothing was counted
  public void take(Limit limit, Object subject, ClientAddress client) {
    long waitNanos = move(limit, subject, client, 1);
    if (waitNanos > 0) {
      // Rounded up: a client that waits as told is served.
      int seconds = (int) Math.ceilDiv(waitNanos, TimeUnit.SECONDS.toNanos(1));
      throw new ApiError(ErrorCode.RATE_LIMITED, limit.refusal(seconds), seconds);
    }
  }

  /// Takes back one use that turned out not to count.
  public void giveBack(Limit limit, Object subject, ClientAddress client) {
    move(limit, subject, client, -1);
  }

  private long move(Limit limit, Object subject, ClientAddress client, int tokens) {
    if (limit.scope() == Limit.Scope.SYSTEM && redis.available()) {
      try {
        return inRedis(limit, subject, client.generous(), tokens);
      } catch (RedisAway | RedisException _) {
        // counted below
      }
    }
    return local.take(new LocalBuckets.Key(limit, subject, client.generous()), tokens);
  }

  private long inRedis(Limit limit, Object subject, boolean generous, int tokens) {
    Limit.Rate rate = limit.rate(generous);
    // The same subject by both rates is two buckets: their tokens differ in size.
    String key = PREFIX + limit + (generous ? ":dev:{" : ":{") + subject + "}";
    long intervalMicros = TimeUnit.NANOSECONDS.toMicros(rate.intervalNanos());
    Long waitMicros =
        TAKE.call(
            redis,
            ScriptOutputType.INTEGER,
            key,
            Long.toString(intervalMicros),
            Integer.toString(rate.burst()),
            Integer.toString(tokens));
    return TimeUnit.MICROSECONDS.toNanos(waitMicros);
  }
}
