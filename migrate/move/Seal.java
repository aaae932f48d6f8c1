package migrate.move;

import static java.nio.charset.StandardCharsets.UTF_8;

import fixtures.urls.Settings;
import fixtures.urls.UserError;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;

/// Hides the URLs that nodes are told from everybody who lacks `VYRY_SECRET` (AES-256-GCM, the key
/// by HKDF-SHA256). Immutable, thread-safe, never shown.
public final class Seal {
  /// What nodes and commands use in development when there is no other; everyone can read it.
  public static final String DEVELOPMENT_SECRET =
      "development only: everyone can read this in the source";

  private static final String PURPOSE = "vyry move url";
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12; // what GCM is made for
  private static final int TAG_BITS = 128;

  private final SecretKey key;

  private Seal(SecretKey key) {
    this.key = key;
  }

  public static Seal of(String secret) {
    try {
      var parameters =
          HKDFParameterSpec.ofExtract()
              .addIKM(secret.getBytes(UTF_8))
              .thenExpand(PURPOSE.getBytes(UTF_8), KEY_BYTES);
      return new Seal(KDF.getInstance("HKDF-SHA256").deriveKey("AES", parameters));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // Java 25 has it
    }
  }

  /// By the `VYRY_SECRET` of the settings, as the server reads it.
  ///
  /// @throws UserError when production has none
  public static Seal of(Settings settings) {
    var secret = settings.get("VYRY_SECRET");
    if (secret.isEmpty() && settings.production()) {
      throw new UserError(
          "VYRY_SECRET is missing: give the servers' own, by which they are told the new URL");
    }
    return of(secret.orElse(DEVELOPMENT_SECRET));
  }

  public byte[] close(String text) {
    try {
      byte[] nonce = new byte[NONCE_BYTES];
      new SecureRandom().nextBytes(nonce);
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, nonce);
      byte[] hidden = cipher.doFinal(text.getBytes(UTF_8));
      return ByteBuffer.allocate(NONCE_BYTES + hidden.length).put(nonce).put(hidden).array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// @throws UserError when it was sealed by another secret
  public String open(byte[] closed) {
    try {
      byte[] nonce = java.util.Arrays.copyOf(closed, NONCE_BYTES);
      Cipher cipher = cipher(Cipher.DECRYPT_MODE, nonce);
      return new String(cipher.doFinal(closed, NONCE_BYTES, closed.length - NONCE_BYTES), UTF_8);
    } catch (GeneralSecurityException e) {
      throw new UserError(
          "the URL that the mover left can't be read with this VYRY_SECRET: give mover and servers"
              + " the same one",
          e);
    }
  }

  private Cipher cipher(int mode, byte[] nonce) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    return cipher;
  }
}
