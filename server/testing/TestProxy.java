package server.testing;

import fixtures.urls.HostPort;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// A port on loopback that leads to an engine, and that a test can cut, stall and mend, for "the
/// database is away". Every connection has two virtual threads. Thread-safe.
public final class TestProxy implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

  private enum State {
    OPEN,
    STALLED,
    CUT
  }

  private final HostPort target;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private State state = State.OPEN; // guarded by lock

  private TestProxy(HostPort target) {
    this.target = target;
    try {
      this.listener = new ServerSocket();
      listener.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  /// A new port that leads to `target`.
  public static TestProxy to(HostPort target) {
    return new TestProxy(target);
  }

  /// Where it listens, on 127.0.0.1.
  public int port() {
    return listener.getLocalPort();
  }

  /// Breaks all connections; new ones are closed as soon as they are made.
  public void cut() {
    set(State.CUT);
    sockets.forEach(TestProxy::close);
  }

  /// Keeps all connections and lets nothing through, as an engine that stands still.
  public void stall() {
    set(State.STALLED);
  }

  /// Lets everything through again, what was held back included.
  public void mend() {
    set(State.OPEN);
  }

  private void set(State next) {
    lock.lock();
    try {
      state = next;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket near = listener.accept();
        Thread.ofVirtual().start(() -> connect(near));
      } catch (IOException _) {
        // closed, or the peer was gone already
      }
    }
  }

  private void connect(Socket near) {
    try {
      sockets.add(near);
      if (!passable()) {
        return;
      }
      var far = new Socket();
      sockets.add(far);
      far.connect(new InetSocketAddress(target.host(), target.port()), CONNECT_TIMEOUT_MILLIS);
      near.setTcpNoDelay(true);
      far.setTcpNoDelay(true);
      Thread.ofVirtual().start(() -> pump(far, near));
      pump(near, far);
    } catch (IOException _) {
      // The near end notices by its own connection's end.
    } finally {
      close(near);
      sockets.remove(near);
    }
  }

  private void pump(Socket from, Socket to) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        if (!passable()) {
          return;
        }
        out.write(buffer, 0, n);
      }
    } catch (IOException _) {
      // One end is gone: the other goes too.
    } finally {
      close(from);
      close(to);
      sockets.remove(from);
    }
  }

  /// Waits while stalled; false when cut.
  private boolean passable() {
    lock.lock();
    try {
      while (state == State.STALLED) {
        changed.awaitUninterruptibly();
      }
      return state == State.OPEN;
    } finally {
      lock.unlock();
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It is gone either way.
    }
  }

  @Override
  public void close() {
    cut();
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
