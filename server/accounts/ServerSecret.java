package server.accounts;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;

/// The secret that all nodes of one system share (`VYRY_SECRET`), and the keys made from it: one
/// for each purpose, so that none can be used for another. Immutable; never shown.
public final class ServerSecret {
  /// As many as HS256's key has bytes (RFC 7518, 3.2: "a key of the same size as the hash output").
  public static final int MIN_CHARS = 32;

  private static final int KEY_BYTES = 32;

  private final byte[] secret;

  private ServerSecret(byte[] secret) {
    this.secret = secret;
  }

  /// @throws IllegalArgumentException when it is shorter than [#MIN_CHARS]
  public static ServerSecret of(String text) {
    if (text.length() < MIN_CHARS) {
      throw new IllegalArgumentException(
          "the secret has " + text.length() + " characters; it needs at least " + MIN_CHARS);
    }
    return new ServerSecret(text.getBytes(UTF_8));
  }

  /// The key for one purpose, 32 bytes (HKDF-SHA256, RFC 5869).
  SecretKey key(String purpose, String algorithm) {
    try {
      var parameters =
          HKDFParameterSpec.ofExtract()
              .addIKM(secret)
              .thenExpand(("vyry " + purpose).getBytes(UTF_8), KEY_BYTES);
      return KDF.getInstance("HKDF-SHA256").deriveKey(algorithm, parameters);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // Java 25 has it
    }
  }

  @Override
  public String toString() {
    return "ServerSecret(not shown)";
  }
}
