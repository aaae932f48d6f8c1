package server.accounts;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.ScriptOutputType;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import server.redis.Redis;
import server.redis.RedisAway;
import server.redis.Script;

/// The codes that were sent and not yet used: in Redis, as keyed hashes under keyed hashes of the
/// phone numbers, so that who reads Redis learns neither. One code for each phone number, the
/// newest. Thread-safe.
public final class OtpCodes {
  /// What the contract calls `expires_in_seconds`.
  public static final Duration LIFETIME = Duration.ofSeconds(180);

  /// After so many wrong guesses a code is dead; five typing errors are enough for anybody.
  static final int MAX_WRONG_GUESSES = 5;

  private static final int ALL_CODES = 1_000_000; // six digits
  private static final Script STORE = Script.beside(OtpCodes.class, "otp_store.lua");
  private static final Script CHECK = Script.beside(OtpCodes.class, "otp_check.lua");
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Redis redis;
  private final SecretKey key;

  public OtpCodes(Redis redis, ServerSecret secret) {
    this.redis = redis;
    this.key = secret.key("one-time codes", "HmacSHA256");
  }

  /// A new code for this phone; an older one is dead.
  ///
  /// @throws RedisAway when it can't be kept
  public String create(PhoneNumber phone) {
    String otp = "%06d".formatted(RANDOM.nextInt(ALL_CODES));
    STORE.<Long>call(
        redis,
        ScriptOutputType.INTEGER,
        redisKey(phone),
        hash(phone, otp),
        Long.toString(LIFETIME.toMillis()));
    return otp;
  }

  /// Whether this is the phone's code, which is used up then. Of many at once one is told true.
  ///
  /// @throws RedisAway when that can't be known; the code may be used up
  public boolean consume(PhoneNumber phone, String otp) {
    Long right =
        CHECK.call(
            redis,
            ScriptOutputType.INTEGER,
            redisKey(phone),
            hash(phone, otp),
            Integer.toString(MAX_WRONG_GUESSES));
    return right == 1;
  }

  /// A name for this phone number that does not tell it, the same on every node.
  String pseudonym(PhoneNumber phone) {
    return hmac("phone " + phone.e164());
  }

  private String redisKey(PhoneNumber phone) {
    return "vyry:otp:{" + pseudonym(phone) + "}";
  }

  private String hash(PhoneNumber phone, String otp) {
    return hmac("code " + phone.e164() + " " + otp);
  }

  private String hmac(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(mac.doFinal(text.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }
}
