package bench.bare;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import ch.qos.logback.classic.Level;
import io.javalin.Javalin;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.websocket.server.JettyServerUpgradeRequest;
import org.eclipse.jetty.ee10.websocket.server.JettyServerUpgradeResponse;
import org.eclipse.jetty.ee10.websocket.server.config.JettyWebSocketServletContainerInitializer;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.common.WebSocketSession;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import server.operations.Logging;

/// What Javalin and Jetty can do when nothing stands behind them: `POST` gives the body back, and a
/// `send` frame on a socket goes, as it is, to the other sockets of its room. No accounts, no
/// checks, no database, no answer to the sender. The room is the bearer token.
///
/// It writes as the server does, several frames to a flush, because that is the best that is known
/// (`Outbox`): what is compared is what stands behind, not how to write. A program of its own:
/// `BareServer --port N`.
public final class BareServer {
  private static final int FLUSHERS = 2; // as many as the server has on two cores
  private static final int MAX_PLATFORM_THREADS = 32;
  private static final int MIN_PLATFORM_THREADS = 4;
  private static final int MAX_FLUSH_FRAMES = 128; // about 64 KiB, as the server's

  /// Sockets are silent while it is the other side's turn, and nobody pings them here.
  private static final Duration IDLE_TIMEOUT = Duration.ofHours(1);

  private static final int TYPE_AT = 9; // {"type":"send"…
  private static final byte[] CAUGHT_UP =
      "{\"type\":\"caught_up\",\"id\":0,\"cursors\":{}}".getBytes(ISO_8859_1);

  private final Map<String, List<Member>> rooms = new ConcurrentHashMap<>();
  private final LinkedBlockingQueue<Member> ready = new LinkedBlockingQueue<>();

  private BareServer(int port) {
    for (int i = 0; i < FLUSHERS; i++) {
      Thread.ofPlatform().daemon().name("flusher-" + i).start(this::write);
    }
    Javalin.create(
            config -> {
              config.startup.showJavalinBanner = false;
              config.startup.showOldJavalinVersionWarning = false;
              config.startup.startupWatcherEnabled = false;
              config.jetty.threadPool = threads();
              config.jetty.host = "127.0.0.1";
              config.jetty.port = port;
              config.jetty.modifyServletContextHandler(this::addSockets);
              config.routes.get(
                  "/health/ready", request -> request.result("{\"status\":\"ready\"}"));
              config.routes.post(
                  "/*", request -> request.status(201).result(request.bodyAsBytes()));
            })
        .start();
  }

  /// Serves until it is killed.
  public static void main(String[] arguments) throws InterruptedException {
    Logging.configure(Logging.Form.READABLE, Level.WARN);
    new BareServer(Integer.parseInt(arguments[1]));
    Thread.currentThread().join();
  }

  /// As the server's.
  private static QueuedThreadPool threads() {
    var threads = new QueuedThreadPool(MAX_PLATFORM_THREADS, MIN_PLATFORM_THREADS);
    threads.setVirtualThreadsExecutor(VirtualThreads.getNamedVirtualThreadsExecutor("http-"));
    return threads;
  }

  private void addSockets(ServletContextHandler context) {
    JettyWebSocketServletContainerInitializer.configure(
        context,
        (_, container) -> {
          container.setIdleTimeout(IDLE_TIMEOUT);
          container.addMapping("/ws", this::upgrade);
        });
  }

  private Object upgrade(JettyServerUpgradeRequest request, JettyServerUpgradeResponse response) {
    response.setExtensions(List.of());
    request.getSubProtocols().stream().findFirst().ifPresent(response::setAcceptedSubProtocol);
    return new Member(request.getHeader("Authorization"));
  }

  private void write() {
    try {
      while (true) {
        ready.take().flush();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// One socket. Public only because Jetty looks its methods up.
  public final class Member implements Session.Listener.AutoDemanding {
    private final List<Member> room;
    private final ArrayDeque<ByteBuffer> queue = new ArrayDeque<>(); // guarded by itself
    private boolean scheduled; // guarded by queue
    private volatile CoreSession core;

    Member(String name) {
      room = rooms.computeIfAbsent(name, _ -> new CopyOnWriteArrayList<>());
    }

    @Override
    public void onWebSocketOpen(Session session) {
      core = ((WebSocketSession) session).getCoreSession();
      room.add(this);
    }

    @Override
    public void onWebSocketText(String text) {
      switch (text.charAt(TYPE_AT)) {
        case 's' -> {
          byte[] payload = text.getBytes(ISO_8859_1);
          for (Member member : room) {
            if (member != this) {
              member.offer(payload);
            }
          }
        }
        case 'r' -> offer(CAUGHT_UP);
        default -> {} // an acknowledgement
      }
    }

    @Override
    public void onWebSocketClose(
        int code, String reason, org.eclipse.jetty.websocket.api.Callback callback) {
      room.remove(this);
      callback.succeed();
    }

    private void offer(byte[] payload) {
      synchronized (queue) {
        queue.add(ByteBuffer.wrap(payload));
        if (scheduled) {
          return;
        }
        scheduled = true;
      }
      ready.add(this);
    }

    private void flush() {
      List<ByteBuffer> frames = new ArrayList<>();
      synchronized (queue) {
        while (!queue.isEmpty() && frames.size() < MAX_FLUSH_FRAMES) {
          frames.add(queue.poll());
        }
      }
      for (int i = 0; i < frames.size(); i++) {
        boolean last = i == frames.size() - 1;
        Callback callback = last ? Callback.from(this::written, _ -> {}) : Callback.NOOP;
        core.sendFrame(new Frame(OpCode.TEXT, frames.get(i)), callback, !last);
      }
    }

    private void written() {
      synchronized (queue) {
        scheduled = !queue.isEmpty();
        if (!scheduled) {
          return;
        }
      }
      ready.add(this);
    }
  }
}
