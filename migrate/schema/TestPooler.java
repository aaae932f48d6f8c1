package migrate.schema;

import fixtures.urls.PostgresUrl;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;

/// A pooler between clients and a real PostgreSQL, as far as the engine of `migrate` can tell it
/// from PgBouncer: clients log in through it and are told a process number of its making; then, in
/// transaction mode, each transaction gets the session that was given back last.
final class TestPooler implements AutoCloseable {
  private static final int SSL = 80877103;
  private static final int GSS = 80877104;
  private static final int MADE_UP = 1 << 30; // no process has such a number
  private static final Set<Integer> ASKS = Set.of(3, 5, 10, 11); // logins that want an answer
  private static final long PATIENCE_SECONDS = 30; // a session is free at once

  private final boolean byTransaction;
  private final PostgresUrl server;
  private final ServerSocket listener;
  private final BlockingDeque<Wire> free = new LinkedBlockingDeque<>();
  private final List<Wire> open = new CopyOnWriteArrayList<>();

  private TestPooler(PostgresUrl server, boolean byTransaction) throws IOException {
    this.server = server;
    this.byTransaction = byTransaction;
    this.listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  static TestPooler bySession(PostgresUrl server) throws IOException {
    return new TestPooler(server, false);
  }

  static TestPooler byTransaction(PostgresUrl server) throws IOException {
    return new TestPooler(server, true);
  }

  PostgresUrl url() {
    var host = server.hosts().getFirst();
    String here = "127.0.0.1:" + listener.getLocalPort();
    return PostgresUrl.parse(server.text().replace(host.host() + ":" + host.port(), here));
  }

  private void accept() {
    try {
      while (true) { // until it is closed
        var client = opened(listener.accept());
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException _) {
      // It was closed.
    }
  }

  private Wire opened(Socket socket) throws IOException {
    var wire = new Wire(socket);
    open.add(wire);
    return wire;
  }

  private void serve(Wire client) {
    try (client) {
      Wire session = login(client);
      while (true) { // until the client goes
        var message = client.read();
        if (message.type == 'X') {
          return;
        }
        if (session == null) {
          session = free.pollFirst(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        session.write(message);
        if (message.type == 'Q' || message.type == 'S') {
          session.flush();
          boolean idle = answer(session, client);
          if (idle && byTransaction) {
            free.addFirst(session);
            session = null;
          }
        }
      }
    } catch (IOException _) {
      // One of the two has gone; the other notices.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// @return the session, or null when it is in the pool now
  private Wire login(Wire client) throws IOException {
    var start = client.readUntyped();
    while (start.code() == SSL || start.code() == GSS) {
      client.refuse();
      start = client.readUntyped();
    }
    var host = server.hosts().getFirst();
    var session = opened(new Socket(host.host(), host.port()));
    session.write(start);
    session.flush();
    for (var said = session.read(); said.type != 'Z'; said = session.read()) {
      client.write(said.type == 'K' ? said.withNumber(MADE_UP | said.code()) : said);
      client.flush();
      if (said.type == 'R' && ASKS.contains(said.code())) {
        session.write(client.read());
        session.flush();
      }
    }
    client.write(new Message('Z', new byte[] {'I'}));
    client.flush();
    if (byTransaction) {
      free.addFirst(session);
      return null;
    }
    return session;
  }

  /// @return whether the session is in no transaction
  private static boolean answer(Wire session, Wire client) throws IOException {
    Message said;
    do {
      said = session.read();
      client.write(said);
    } while (said.type != 'Z');
    client.flush();
    return said.body[0] == 'I';
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (var wire : open) {
      wire.close();
    }
  }

  /// @param type 0 for a first one, which has none
  private record Message(int type, byte[] body) {
    int code() {
      return java.nio.ByteBuffer.wrap(body).getInt();
    }

    Message withNumber(int number) {
      var other = body.clone();
      java.nio.ByteBuffer.wrap(other).putInt(number);
      return new Message(type, other);
    }
  }

  private static final class Wire implements AutoCloseable {
    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;

    Wire(Socket socket) throws IOException {
      this.socket = socket;
      this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
      this.out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
    }

    Message read() throws IOException {
      int type = in.read();
      if (type < 0) {
        throw new EOFException();
      }
      return new Message(type, in.readNBytes(in.readInt() - Integer.BYTES));
    }

    Message readUntyped() throws IOException {
      return new Message(0, in.readNBytes(in.readInt() - Integer.BYTES));
    }

    void write(Message message) throws IOException {
      if (message.type != 0) {
        out.write(message.type);
      }
      out.writeInt(message.body.length + Integer.BYTES);
      out.write(message.body);
    }

    /// Neither encryption nor another way to log in.
    void refuse() throws IOException {
      out.write('N');
      out.flush();
    }

    void flush() throws IOException {
      out.flush();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
