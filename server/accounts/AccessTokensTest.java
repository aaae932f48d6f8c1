package server.accounts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import server.http.ApiError;
import server.http.Caller;
import server.http.ErrorCode;

class AccessTokensTest {
  private static final ServerSecret SECRET = ServerSecret.of("x".repeat(ServerSecret.MIN_CHARS));
  private static final ServerSecret OTHER = ServerSecret.of("y".repeat(ServerSecret.MIN_CHARS));
  private static final Caller CALLER =
      new Caller(UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID());

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
  private final AccessTokens tokens = new AccessTokens(SECRET, now::get);

  private void refused(String token) {
    var e = assertThrows(ApiError.class, () -> tokens.verify(token), token);
    assertEquals(ErrorCode.INVALID_TOKEN, e.code());
  }

  private static String unsigned(String header, String claims) {
    var encoder = Base64.getUrlEncoder().withoutPadding();
    return encoder.encodeToString(header.getBytes(UTF_8))
        + "."
        + encoder.encodeToString(claims.getBytes(UTF_8));
  }

  private String claims() {
    return "{\"sub\":\"%s\",\"did\":\"%s\",\"sid\":\"%s\",\"exp\":%d}"
        .formatted(
            CALLER.userId(),
            CALLER.deviceId(),
            CALLER.sessionId(),
            now.get().getEpochSecond() + 100);
  }

  @Test
  void aTokenTellsItsCallerUntilItExpires() {
    String token = tokens.create(CALLER);
    assertEquals(CALLER, tokens.verify(token).caller());
    assertEquals(now.get().plus(AccessTokens.LIFETIME), tokens.verify(token).expiresAt());
    now.updateAndGet(time -> time.plus(AccessTokens.LIFETIME).minusMillis(1));
    assertEquals(CALLER, tokens.verify(token).caller());
    now.updateAndGet(time -> time.plusMillis(1));
    refused(token);
  }

  @Test
  void itHoldsNothingButIdsAndTimes() throws Exception {
    var claims = SignedJWT.parse(tokens.create(CALLER)).getJWTClaimsSet().getClaims();
    assertEquals(java.util.Set.of("sub", "did", "sid", "iat", "exp"), claims.keySet());
  }

  @Test
  void anotherSystemsTokenIsRefused() {
    refused(new AccessTokens(OTHER, now::get).create(CALLER));
  }

  @Test
  void onlyOurOwnAlgorithmCountsWhateverTheHeaderSays() throws Exception {
    refused(unsigned("{\"alg\":\"none\"}", claims()) + ".");
    refused(unsigned("{\"alg\":\"None\",\"typ\":\"JWT\"}", claims()) + ".AAAA");
    refused(unsigned("{\"alg\":\"HS256\"}", claims()) + ".");
    refused(unsigned("{\"alg\":\"RS256\"}", claims()) + ".AAAA");
    var key = SECRET.key("access tokens", "HmacSHA256");
    var good = JWTClaimsSet.parse(claims());
    var signed = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), good);
    signed.sign(new MACSigner(key));
    assertEquals(
        CALLER, tokens.verify(signed.serialize()).caller(), "the test's own token is good");
    var critical =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.HS256)
                .criticalParams(java.util.Set.of("unknown"))
                .customParam("unknown", 1)
                .build(),
            good);
    critical.sign(new MACSigner(key));
    refused(critical.serialize());
  }

  @Test
  void aSignedTokenThatLacksSomethingIsRefused() throws Exception {
    var key = SECRET.key("access tokens", "HmacSHA256");
    var whole = JWTClaimsSet.parse(claims());
    for (String claim : whole.getClaims().keySet()) {
      for (Object other : new Object[] {null, "nonsense", 7}) {
        if (claim.equals("exp") && other instanceof Integer) {
          other = Date.from(now.get().minusSeconds(1));
        }
        var broken = new JWTClaimsSet.Builder(whole).claim(claim, other).build();
        var signed = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), broken);
        signed.sign(new MACSigner(key));
        refused(signed.serialize());
      }
    }
  }

  @Test
  void noOtherTextIsEverTaken() {
    String token = tokens.create(CALLER);
    refused("");
    refused(".");
    refused("..");
    refused("a.b.c");
    refused(token + ".");
    refused(token + " ");
    refused("x".repeat(100_000));
    var random = new Random(1);
    int different = 0;
    for (int i = 0; i < 20_000; i++) {
      var text = new StringBuilder(token);
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        int at = random.nextInt(text.length());
        switch (random.nextInt(3)) {
          case 0 -> text.setCharAt(at, (char) (32 + random.nextInt(95)));
          case 1 -> text.deleteCharAt(at);
          default -> text.insert(at, (char) (32 + random.nextInt(95)));
        }
      }
      // The last character of a base64 signature has bits that stand for nothing.
      if (!text.toString().regionMatches(0, token, 0, token.length() - 1)
          && !text.toString().equals(token)) {
        refused(text.toString());
        different++;
      }
    }
    assertTrue(different > 19_000);
  }
}
