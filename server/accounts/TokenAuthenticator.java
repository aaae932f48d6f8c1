package server.accounts;

import server.http.ApiError;
import server.http.Caller;
import server.http.ErrorCode;

/// Judges access tokens by their signature and by what is known to be revoked, in memory alone.
/// Thread-safe.
final class TokenAuthenticator implements Authenticator {
  private final AccessTokens tokens;
  private final RevokedSessions revoked;
  private final LastSeen lastSeen;

  TokenAuthenticator(AccessTokens tokens, RevokedSessions revoked, LastSeen lastSeen) {
    this.tokens = tokens;
    this.revoked = revoked;
    this.lastSeen = lastSeen;
  }

  @Override
  public Caller authenticate(String bearerToken) {
    if (bearerToken == null || bearerToken.isEmpty()) {
      throw new ApiError(
          ErrorCode.UNAUTHORIZED, "no token; send \"Authorization: Bearer <access token>\"");
    }
    Caller caller = tokens.verify(bearerToken).caller();
    if (revoked.contains(caller.sessionId())) {
      throw new ApiError(
          ErrorCode.INVALID_TOKEN, "this login was ended by a logout or from another device; log in");
    }
    lastSeen.touch(caller.deviceId());
    return caller;
  }
}
