package server.realtime;

/// Why the server closes a socket.
enum SocketClose {
  GOING_AWAY(1001, "the server is going away; reconnect"),
  BAD_TOKEN(4401, "the access token is missing, bad or expired"),
  REVOKED(4403, "this device was logged out"),
  REPLACED(4409, "this device has a newer socket"),
  TOO_MANY_FRAMES(4429, "too many frames; slow down");

  private final int code;
  private final String reason;

  SocketClose(int code, String reason) {
    this.code = code;
    this.reason = reason;
  }

  int code() {
    return code;
  }

  String reason() {
    return reason;
  }
}
