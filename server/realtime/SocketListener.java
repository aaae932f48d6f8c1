package server.realtime;

import java.nio.ByteBuffer;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Frame;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.common.WebSocketSession;
import org.eclipse.jetty.websocket.core.OpCode;
import server.http.ApiError;

/// Reads one socket for Jetty, which calls it one event at a time and goes on only when asked to.
///
/// The next event is asked for when the one before is dealt with and there is room for answers; so
/// a client that sends and does not read waits for itself. On a socket that is being closed
/// everything is read and dropped, until the client closes in return. Frames are taken raw: as text
/// Jetty would make a string of each, only for it to become bytes again. Called on the selector's
/// thread, so nothing here blocks. Public only because Jetty looks its methods up.
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

  /// All frames as they come; large ones in pieces, as continuations.
  @Override
  public void onWebSocketFrame(Frame frame, Callback callback) {
    switch (frame.getOpCode()) {
      case OpCode.TEXT, OpCode.BINARY, OpCode.CONTINUATION -> {
        byte[] bytes = new byte[frame.getPayloadLength()];
        frame.getPayload().get(bytes);
        callback.succeed(); // the buffer is free
        boolean text = frame.getEffectiveOpCode() == OpCode.TEXT;
        part(text ? Encoding.JSON : Encoding.CBOR, bytes, frame.isFin());
        next();
      }
      case OpCode.PING -> {
        ByteBuffer pong = BufferUtil.copy(frame.getPayload());
        callback.succeed();
        ping(pong);
      }
      case OpCode.PONG -> {
        callback.succeed();
        socket.ponged();
        next();
      }
      default -> { // a close: Jetty answers it, and tells when all is over
        callback.succeed();
        next();
      }
    }
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
    if (whole == null || !allowed()) {
      return;
    }
    if (used == Encoding.JSON && !Utf8.valid(whole)) {
      socket.close(SocketClose.NOT_UTF_8);
    } else {
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
  private void ping(ByteBuffer payload) {
    if (socket.closing() || !allowed()) {
      next();
    } else {
      session.sendPong(payload, Callback.from(this::next, _ -> next()));
    }
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
