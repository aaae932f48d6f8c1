package server.http;

import io.javalin.http.Context;
import java.util.UUID;

/// Who makes a request: the user, the device and the session its access token was given to.
///
/// @param sessionId the login this token belongs to; revoking it kills the token
public record Caller(UUID userId, UUID deviceId, UUID sessionId) {
  private static final String ATTRIBUTE = "caller";

  /// The caller of an authenticated route; every route but those with [Access#OPEN] has one.
  public static Caller of(Context request) {
    Caller caller = request.attribute(ATTRIBUTE);
    if (caller == null) {
      throw new IllegalStateException("route " + request.path() + " is open and has no caller");
    }
    return caller;
  }

  /// Remembers the caller for the rest of this request.
  public void attach(Context request) {
    request.attribute(ATTRIBUTE, this);
  }
}
