package server.realtime;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.common.WebSocketSession;
import server.http.ApiError;

/// Reads one socket for Jetty, which calls it one event at a time and goes on only when asked to.
///
/// The next event is asked for when the one before is dealt with and there is room for answers; so
/// a client that sends and does not read waits for itself. On a socket that is being closed
/// everything is read and dropped, until the client closes in return. Public only because Jetty
/// looks its methods up.
public final class SocketListener implements Session.Listener {
  private final ClientSocket socket;
  private final Encoding encoding;
  private final SocketHandler handler;
  private final FrameAllowance allowance;
  private final FrameParts parts = new FrameParts();
  private volatile Session session;
  private boolean dealtWith; // guarded by this: the next event may be asked for

  SocketListener(
      ClientSocket socket, Encoding encoding, SocketHandler handler, FrameAllowance allowance) {
    this.socket = socket;
    this.encoding = encoding;
    this.handler = handler;
    this.allowance = allowance;
  }

  @Override
  public void onWebSocketOpen(Session opened) {
    session = opened;
    socket.opened(((WebSocketSession) opened).getCoreSession(), this);
    next();
  }

  @Override
  public void onWebSocketPartialText(String text, boolean last) {
    part(Encoding.JSON, text.getBytes(StandardCharsets.UTF_8), last);
    next();
  }

  @Override
  public void onWebSocketPartialBinary(ByteBuffer payload, boolean last, Callback callback) {
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    callback.succeed();
    part(Encoding.CBOR, bytes, last);
    next();
  }

  private void part(Encoding used, byte[] part, boolean last) {
    if (socket.closing()) {
      return;
    }
    if (parts.exceededBy(part)) {
      socket.close(SocketClose.TOO_BIG);
      return;
    }
    byte[] whole = parts.add(part, last);
    if (whole != null && allowed()) {
      received(used, whole);
    }
  }

  private boolean allowed() {
    if (!allowance.take()) {
      socket.close(SocketClose.TOO_MANY_FRAMES);
      return false;
    }
    return true;
  }

  private void received(Encoding used, byte[] payload) {
    var reader = new FrameReader();
    try {
      if (used != encoding) {
        throw ApiError.invalid(
            "this socket speaks "
                + encoding.subProtocol()
                + "; ask for the other sub-protocol to change that");
      }
      handler.received(socket, reader.read(encoding, payload));
    } catch (ApiError e) {
      socket.refuse(reader.id(), e);
    } catch (RuntimeException e) {
      socket.refuse(reader.id(), handler.fault(e));
    }
  }

  /// The next event waits until the pong is written: pongs are queued by Jetty, without a bound.
  @Override
  public void onWebSocketPing(ByteBuffer payload) {
    if (socket.closing() || !allowed()) {
      next();
    } else {
      session.sendPong(payload, Callback.from(this::next, _ -> next()));
    }
  }

  @Override
  public void onWebSocketPong(ByteBuffer payload) {
    socket.ponged();
    next();
  }

  @Override
  public void onWebSocketClose(int status, String reason, Callback callback) {
    callback.succeed();
    socket.ended();
  }

  @Override
  public void onWebSocketError(Throwable cause) {
    socket.ended(); // Jetty closes it; a client's broken connection is no fault of ours
  }

  /// This event is dealt with.
  private void next() {
    synchronized (this) {
      dealtWith = true;
    }
    readOn();
  }

  /// Asks Jetty for the next event, when the last one is dealt with and the socket wants it.
  void readOn() {
    synchronized (this) {
      if (!dealtWith || !socket.wantsMore()) {
        return;
      }
      dealtWith = false;
    }
    session.demand();
  }
}
