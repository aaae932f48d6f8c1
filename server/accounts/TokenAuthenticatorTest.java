package server.accounts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import server.http.ApiError;
import server.http.Caller;
import server.http.ErrorCode;

/// What does not need a database: it is not asked.
class TokenAuthenticatorTest {
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
  private final AccessTokens tokens =
      new AccessTokens(ServerSecret.of("x".repeat(ServerSecret.MIN_CHARS)), now::get);
  private final RevokedSessions revoked = new RevokedSessions(null);
  private final TokenAuthenticator authenticator =
      new TokenAuthenticator(tokens, revoked, new LastSeen(null), now::get);

  private static Caller caller() {
    return new Caller(UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID());
  }

  private void refused(ErrorCode code, String token) {
    assertEquals(
        code, assertThrows(ApiError.class, () -> authenticator.authenticate(token)).code());
  }

  @Test
  void withoutATokenOneIsUnauthorizedAndWithABrokenOneItIsInvalid() {
    refused(ErrorCode.UNAUTHORIZED, null);
    refused(ErrorCode.UNAUTHORIZED, "");
    refused(ErrorCode.INVALID_TOKEN, "x");
  }

  @Test
  void aTokenThatWasGoodBeforeExpiresAllTheSame() {
    Caller caller = caller();
    String token = tokens.create(caller);
    assertEquals(caller, authenticator.authenticate(token));
    now.updateAndGet(time -> time.plus(AccessTokens.LIFETIME).minusMillis(1));
    assertEquals(caller, authenticator.authenticate(token));
    now.updateAndGet(time -> time.plusMillis(1));
    refused(ErrorCode.INVALID_TOKEN, token);
    refused(ErrorCode.INVALID_TOKEN, token);
  }

  @Test
  void aTokenThatWasGoodBeforeIsRevokedAtOnceAndNoOther() {
    Caller caller = caller();
    String token = tokens.create(caller);
    String other = tokens.create(caller());
    authenticator.authenticate(token);
    authenticator.authenticate(other);
    revoked.add(List.of(new Revoked(caller.sessionId(), caller.deviceId())));
    refused(ErrorCode.INVALID_TOKEN, token);
    refused(ErrorCode.INVALID_TOKEN, tokens.create(caller));
    authenticator.authenticate(other);
  }

  @Test
  void noMoreTokensAreRememberedThanTheBoundAndTheOthersAreJudgedAllTheSame() {
    var small = new TokenAuthenticator(tokens, revoked, new LastSeen(null), now::get, 10);
    List<Caller> callers = Stream.generate(TokenAuthenticatorTest::caller).limit(35).toList();
    for (int round = 0; round < 2; round++) {
      for (Caller caller : callers) {
        assertEquals(caller, small.authenticate(tokens.create(caller)));
        assertTrue(small.remembered() <= 10, small.remembered() + " are remembered");
      }
    }
  }
}
