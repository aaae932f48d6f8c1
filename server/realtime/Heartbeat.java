package server.realtime;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Pings every socket and ends those that answer none of three pings.
final class Heartbeat {
  /// Below the usual idle limit of proxies, 60 s, twice over.
  static final Duration PERIOD = Duration.ofSeconds(25);

  private static final int ALLOWED_UNANSWERED = 3;
  private static final Logger log = LoggerFactory.getLogger(Heartbeat.class);

  private final Sockets sockets;
  private final Duration period;

  Heartbeat(Sockets sockets, Duration period) {
    this.sockets = sockets;
    this.period = period;
  }

  /// Between two pings, rounded up: seconds.
  int periodSeconds() {
    return (int) Math.ceilDiv(period.toMillis(), 1_000);
  }

  /// To be called once a period, by one thread at a time.
  void beat() {
    for (ClientSocket socket : sockets.all()) {
      try {
        if (!socket.ping(ALLOWED_UNANSWERED)) {
          socket.abort();
        }
      } catch (RuntimeException e) {
        log.debug("a heartbeat failed: {}", e.toString()); // the socket is going anyway
      }
    }
  }
}
