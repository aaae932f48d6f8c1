package bench.jmh;

import fixtures.urls.RedisUrl;
import io.lettuce.core.RedisClient;
import io.lettuce.core.SetArgs;
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
import server.accounts.OtpCodes;
import server.accounts.PhoneNumber;
import server.accounts.ServerSecret;
import server.redis.Redis;

/// A one-time password is made, and used up by its owner: two scripts, and the hashes around them.
/// The twin: SET with an expiry, GETDEL, no count of wrong guesses, no hash.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Otp {
  private static final long LIFETIME_MILLIS = 180_000;
  private static final int CONNECT_TRIES = 100;
  private static final long CONNECT_MILLIS = 50;

  private Redis redis;
  private OtpCodes codes;
  private RedisClient client;
  private StatefulRedisConnection<String, String> plain;
  private final PhoneNumber phone = new PhoneNumber("+66812345678");
  private final String key = "bench:otp:" + UUID.randomUUID();

  /// Connects, and proves that either takes a right code once, and a second time not.
  @Setup(Level.Trial)
  public void prove() throws InterruptedException {
    String url = EngineUrls.ofThisProcess().redis();
    redis = Redis.connect(RedisUrl.parse(url));
    for (int i = 0; i < CONNECT_TRIES && !redis.available(); i++) {
      Thread.sleep(CONNECT_MILLIS);
    }
    codes = new OtpCodes(redis, ServerSecret.of("a secret for measuring, of no value"));
    client = RedisClient.create(url);
    plain = client.connect();
    Proof.same("right code", ours(), twin());
    Proof.same("right code", true, ours());
    String code = codes.create(phone);
    codes.consume(phone, code);
    Proof.same("used code", codes.consume(phone, code), code.equals(plain.sync().getdel(key)));
  }

  @Benchmark
  public boolean ours() {
    return codes.consume(phone, codes.create(phone));
  }

  @Benchmark
  public boolean twin() {
    String code = "123456";
    plain.sync().set(key, code, SetArgs.Builder.px(LIFETIME_MILLIS));
    return code.equals(plain.sync().getdel(key));
  }

  @TearDown(Level.Trial)
  public void stop() {
    client.shutdown();
    redis.close();
  }
}
