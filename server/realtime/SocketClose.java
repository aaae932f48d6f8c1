package server.realtime;

import org.eclipse.jetty.websocket.core.CloseStatus;

/// Why the server closes a socket.
enum SocketClose {
  GOING_AWAY(1001, "the server is going away; reconnect"),
  NOT_UTF_8(1007, "a text frame is not UTF-8"), // RFC 6455, 8.1
  TOO_BIG(1009, "a frame is larger than 128 KiB"),
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

  /// What Jetty sends.
  ///
  /// Jetty drops the connection as soon as it has written an "abnormal" status, which 1001, 1007
  /// and 1009 are to it. What the client has sent and nobody read would make TCP reset the
  /// connection, and that can cost the client the answers and the close frame. So none of ours is
  /// abnormal: the client closes in return, or [ClientSocket] loses its patience.
  CloseStatus status() {
    return new CloseStatus(code, reason) {
      @Override
      public boolean isAbnormal() {
        return false;
      }
    };
  }
}
