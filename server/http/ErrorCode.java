package server.http;

/// Every `error_code` a client can see, with the HTTP status it travels under.
///
/// For a send, [#UNAVAILABLE] and [#INTERNAL_ERROR] mean *unknown, retry with the same
/// `client_message_id`*; every other code means *not stored*.
public enum ErrorCode {
  INVALID_REQUEST(400),
  INVALID_OTP(400),
  UNAUTHORIZED(401),
  INVALID_TOKEN(401),
  FORBIDDEN(403),
  NOT_FOUND(404),
  METHOD_NOT_ALLOWED(405),
  CONFLICT(409),
  PAYLOAD_TOO_LARGE(413),
  RATE_LIMITED(429),
  OVERLOADED(503),
  UNAVAILABLE(503),
  INTERNAL_ERROR(500);

  private final int status;

  ErrorCode(int status) {
    this.status = status;
  }

  /// The HTTP status of this code.
  public int status() {
    return status;
  }
}
