package server.accounts;

import server.http.ApiError;
import server.http.Caller;

/// From a token to the caller it was given to. Thread-safe; asks no database.
@FunctionalInterface
public interface Authenticator {
  /// Who presents this access token.
  ///
  /// @param bearerToken the token alone, without `Bearer`; null or empty when there is none
  /// @throws ApiError `UNAUTHORIZED` without a token; `INVALID_TOKEN` when it is forged, expired or
  ///   its session was revoked
  Caller authenticate(String bearerToken);
}
