package server.accounts;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.UUID;
import server.http.ApiError;
import server.http.Caller;
import server.http.ErrorCode;

/// Access tokens: JWTs signed by HS256 with the claims `sub` (user), `did` (device), `sid`
/// (session), `iat` and `exp`. Checking one asks nobody. Thread-safe.
public final class AccessTokens {
  /// What the contract calls `expires_in_seconds`.
  public static final Duration LIFETIME = Duration.ofSeconds(900);

  /// Ours have some 330 characters; a longer one is not parsed at all.
  private static final int MAX_CHARS = 1024;

  private static final JWSHeader HEADER =
      new JWSHeader.Builder(JWSAlgorithm.HS256).type(JOSEObjectType.JWT).build();

  private final MACSigner signer;
  private final MACVerifier verifier;
  private final InstantSource clock;

  /// What a good token says.
  record Verified(Caller caller, Instant expiresAt) {}

  public AccessTokens(ServerSecret secret, InstantSource clock) {
    this.clock = clock;
    try {
      var key = secret.key("access tokens", "HmacSHA256");
      this.signer = new MACSigner(key);
      this.verifier = new MACVerifier(key);
    } catch (JOSEException e) {
      throw new IllegalStateException(e); // says that the key is too short, which it is not
    }
  }

  /// A token for this caller, good from now on for [#LIFETIME].
  String create(Caller caller) {
    Instant now = clock.instant();
    var claims =
        new JWTClaimsSet.Builder()
            .subject(caller.userId().toString())
            .claim("did", caller.deviceId().toString())
            .claim("sid", caller.sessionId().toString())
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(LIFETIME)))
            .build();
    try {
      var token = new SignedJWT(HEADER, claims);
      token.sign(signer);
      return token.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /// What the token says, once its signature, algorithm and time are found good. Whether its
  /// session was revoked is not asked here.
  ///
  /// @throws ApiError `INVALID_TOKEN`
  Verified verify(String token) {
    try {
      if (token.length() <= MAX_CHARS && isPlain(token)) {
        SignedJWT parsed = SignedJWT.parse(token);
        // The header is the attacker's word: only what we sign with is looked at.
        if (JWSAlgorithm.HS256.equals(parsed.getHeader().getAlgorithm())
            && parsed.verify(verifier)) {
          return unexpired(parsed.getJWTClaimsSet());
        }
      }
    } catch (ParseException | JOSEException | IllegalArgumentException _) {
      // not one of ours
    }
    throw new ApiError(
        ErrorCode.INVALID_TOKEN, "the access token is not valid; refresh it or log in again");
  }

  /// The library passes over blanks and other characters; a token has one spelling only.
  private static boolean isPlain(String token) {
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      boolean base64 = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
      if (!base64 && c != '-' && c != '_' && c != '.') {
        return false;
      }
    }
    return true;
  }

  private Verified unexpired(JWTClaimsSet claims) throws ParseException {
    if (claims.getExpirationTime() == null || claims.getSubject() == null) {
      throw new ParseException("signed by us without time or user", 0);
    }
    Instant expiresAt = claims.getExpirationTime().toInstant();
    if (!clock.instant().isBefore(expiresAt)) {
      throw expired();
    }
    var caller =
        new Caller(UUID.fromString(claims.getSubject()), uuid(claims, "did"), uuid(claims, "sid"));
    return new Verified(caller, expiresAt);
  }

  static ApiError expired() {
    return new ApiError(
        ErrorCode.INVALID_TOKEN, "the access token has expired; get one by /auth/refresh-token");
  }

  private static UUID uuid(JWTClaimsSet claims, String name) throws ParseException {
    String text = claims.getStringClaim(name);
    if (text == null) {
      throw new ParseException("no " + name, 0);
    }
    return UUID.fromString(text);
  }
}
