package server.http;

import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.eclipse.jetty.websocket.core.WebSocketConnection;

/// A connector that has WebSocket frames read and handled on the selector's own thread, instead of
/// handing each to another: more than a third of the server's CPU for a message went into that.
/// HTTP requests go to other threads, as usual.
///
/// So a socket's listener must never block: Jetty's adaptive execution strategy asks a task for its
/// invocation type, and runs one that is `NON_BLOCKING` on the thread that found it.
final class SelectorConnector extends ServerConnector {
  SelectorConnector(Server server, HttpConfiguration http) {
    super(server, new HttpConnectionFactory(http));
  }

  /// Wakes the accepting thread by closing what it listens on. To interrupt it, as Jetty does, has
  /// Java forget, and never close, a connection that is accepted in that moment: its client would
  /// wait for as long as the process lives.
  @Override
  protected void interruptAcceptors() {
    close();
  }

  @Override
  protected SocketChannelEndPoint newEndPoint(
      SocketChannel channel, ManagedSelector selector, SelectionKey key) {
    EndPoint endPoint = new EndPoint(channel, selector, key, getScheduler());
    endPoint.setIdleTimeout(getIdleTimeout());
    return endPoint;
  }

  private static final class EndPoint extends SocketChannelEndPoint {
    private NonBlocking wrapped; // of the connection's one callback; Jetty reads by one at a time

    EndPoint(
        SelectableChannel channel, ManagedSelector selector, SelectionKey key, Scheduler timer) {
      super((SocketChannel) channel, selector, key, timer);
    }

    @Override
    public void fillInterested(Callback callback) {
      if (getConnection() instanceof WebSocketConnection) {
        if (wrapped == null || wrapped.callback != callback) {
          wrapped = new NonBlocking(callback);
        }
        super.fillInterested(wrapped);
      } else {
        super.fillInterested(callback);
      }
    }
  }

  private record NonBlocking(Callback callback) implements Callback {
    @Override
    public void succeeded() {
      callback.succeeded();
    }

    @Override
    public void failed(Throwable failure) {
      callback.failed(failure);
    }

    @Override
    public InvocationType getInvocationType() {
      return InvocationType.NON_BLOCKING;
    }
  }
}
