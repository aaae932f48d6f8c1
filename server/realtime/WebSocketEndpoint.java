package server.realtime;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.function.Predicate;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.websocket.server.JettyServerUpgradeRequest;
import org.eclipse.jetty.ee10.websocket.server.JettyServerUpgradeResponse;
import org.eclipse.jetty.ee10.websocket.server.JettyWebSocketServerContainer;
import org.eclipse.jetty.ee10.websocket.server.config.JettyWebSocketServletContainerInitializer;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.common.WebSocketSession;
import org.eclipse.jetty.websocket.core.CoreSession;
import server.http.ApiError;
import server.http.Caller;
import server.http.Faults;
import server.limits.ClientAddress;

/// `/ws`: the upgrade. The token comes in `Authorization`, or for browsers as the second
/// sub-protocol; the first picks the encoding. A bad token is upgraded and then closed, because a
/// browser cannot see why an upgrade failed.
///
/// Mapped in Jetty directly, because the sockets write through Jetty's core session.
public final class WebSocketEndpoint {
  private static final String PATH = "/ws";
  private static final String BEARER = "bearer.";
  private static final Duration IDLE_TIMEOUT = Duration.ZERO; // the heartbeat ends the dead ones

  /// Frames of one socket: more than a person or a bridge sends, less than what would be an attack.
  private static final int FRAMES_PER_SECOND = 200;

  private static final int FRAMES_BURST = 2_000;

  /// The same for loopback in development, where one socket may be a load test's.
  private static final int GENEROUS_FRAMES_PER_SECOND = 20_000;

  private static final int GENEROUS_FRAMES_BURST = 40_000;

  /// What an upgrade asks.
  ///
  /// @param token from a bearer token to its caller, or an [ApiError]
  /// @param revoked whether a caller's session has ended since
  /// @param address where a request comes from
  public record Upgrades(
      Function<String, Caller> token,
      Predicate<Caller> revoked,
      Function<jakarta.servlet.http.HttpServletRequest, ClientAddress> address) {}

  private final Upgrades upgrades;
  private final SocketHandler handler;

  WebSocketEndpoint(Upgrades upgrades, SocketHandler handler) {
    this.upgrades = upgrades;
    this.handler = handler;
  }

  /// Adds the endpoint to Jetty's context.
  public void addTo(ServletContextHandler context) {
    JettyWebSocketServletContainerInitializer.configure(
        context, (_, container) -> configure(container));
  }

  private void configure(JettyWebSocketServerContainer container) {
    // Larger ones come to the listener in pieces, and it closes with 1009.
    container.setMaxFrameSize(FrameParts.MAX_FRAME_BYTES);
    container.setIdleTimeout(IDLE_TIMEOUT);
    container.addMapping(PATH, this::upgrade);
  }

  private Object upgrade(JettyServerUpgradeRequest request, JettyServerUpgradeResponse response) {
    response.setExtensions(
        List.of()); // compression: memory for each socket, and content is encrypted
    Encoding encoding = Encoding.JSON;
    for (String protocol : request.getSubProtocols()) {
      Encoding named = Encoding.named(protocol);
      if (named != null) {
        encoding = named;
        response.setAcceptedSubProtocol(protocol);
        break;
      }
    }
    try {
      Caller caller = upgrades.token().apply(token(request));
      ClientAddress address = upgrades.address().apply(request.getHttpServletRequest());
      var socket = new ClientSocket(caller, address, encoding, handler);
      return new SocketListener(socket, encoding, handler, allowance(address));
    } catch (RuntimeException e) {
      Faults.answer(e); // logs what is not the client's doing
      return new Rejected(handler.timer());
    }
  }

  private static FrameAllowance allowance(ClientAddress address) {
    return address.generous()
        ? new FrameAllowance(GENEROUS_FRAMES_PER_SECOND, GENEROUS_FRAMES_BURST, System::nanoTime)
        : new FrameAllowance(FRAMES_PER_SECOND, FRAMES_BURST, System::nanoTime);
  }

  private static String token(JettyServerUpgradeRequest request) {
    String header = request.getHeader("Authorization");
    if (header != null && header.regionMatches(true, 0, "Bearer ", 0, 7)) {
      return header.substring(7).strip();
    }
    for (String protocol : request.getSubProtocols()) {
      if (protocol.startsWith(BEARER)) {
        return protocol.substring(BEARER.length());
      }
    }
    throw new ApiError(server.http.ErrorCode.UNAUTHORIZED, "no token");
  }

  /// A socket whose token is no good. Public only because Jetty looks its methods up.
  public static final class Rejected implements Session.Listener.AutoDemanding {
    private final ScheduledExecutorService timer;

    Rejected(ScheduledExecutorService timer) {
      this.timer = timer;
    }

    @Override
    public void onWebSocketOpen(Session session) {
      CoreSession core = ((WebSocketSession) session).getCoreSession();
      core.close(SocketClose.BAD_TOKEN.status(), Callback.NOOP);
      ClientSocket.abortSoon(timer, core); // one that keeps the connection would cost us a port
    }
  }
}
