package bench.jmh;

import io.lettuce.core.SetArgs;
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

/// A one-time password is made, and used up by its owner: two scripts, and the hashes around them.
/// The twin: SET with an expiry, GETDEL, no count of wrong guesses, no hash.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Otp {
  private static final long LIFETIME_MILLIS = 180_000;

  private RedisPair redis;
  private OtpCodes codes;
  private final PhoneNumber phone = new PhoneNumber("+66812345678");
  private final String key = "bench:otp:" + UUID.randomUUID();

  /// Connects, and proves that either takes a right code once, and a second time not.
  @Setup(Level.Trial)
  public void prove() throws InterruptedException {
    redis = RedisPair.connect();
    codes = new OtpCodes(redis.redis(), ServerSecret.of("a secret for measuring, of no value"));
    Proof.same("right code", ours(), twin());
    Proof.same("right code", true, ours());
    String code = codes.create(phone);
    codes.consume(phone, code);
    Proof.same("used code", codes.consume(phone, code), code.equals(redis.plain().getdel(key)));
  }

  @Benchmark
  public boolean ours() {
    return codes.consume(phone, codes.create(phone));
  }

  @Benchmark
  public boolean twin() {
    String code = "123456";
    redis.plain().set(key, code, SetArgs.Builder.px(LIFETIME_MILLIS));
    return code.equals(redis.plain().getdel(key));
  }

  @TearDown(Level.Trial)
  public void stop() {
    redis.close();
  }
}
