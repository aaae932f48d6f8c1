package server.realtime;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Pings every socket and ends those that answer none of three pings.
final class Heartbeat {
  static final int PERIOD_SECONDS = 25; // below the usual idle limit of proxies, 60 s, twice over
  private static final int ALLOWED_UNANSWERED = 3;
  private static final Logger log = LoggerFactory.getLogger(Heartbeat.class);

  private final Sockets sockets;
  private final ScheduledExecutorService timer;

  Heartbeat(Sockets sockets, ScheduledExecutorService timer) {
    this.sockets = sockets;
    this.timer = timer;
  }

  void start() {
    timer.scheduleAtFixedRate(this::beat, PERIOD_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS);
  }

  private void beat() {
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
