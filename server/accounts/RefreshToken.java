package server.accounts;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;

/// A refresh token: 256 random bits for the client, their SHA-256 for the database. A plain hash
/// suffices, because nobody can guess what has 256 bits. Never shown.
///
/// @param hash not to be changed
record RefreshToken(String text, byte[] hash) {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int BYTES = 32;

  /// A new one.
  static RefreshToken create() {
    byte[] bytes = new byte[BYTES];
    RANDOM.nextBytes(bytes);
    return of(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
  }

  /// The one that a client presents; of whatever form, an unknown one is simply not found.
  static RefreshToken of(String text) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(US_ASCII));
      return new RefreshToken(text, hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has SHA-256
    }
  }

  @Override
  public String toString() {
    return "RefreshToken(not shown)";
  }
}
