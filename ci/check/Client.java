package ci.check;

import bench.client.Api;
import bench.client.Connection;
import bench.client.Device;
import bench.client.Encoding;
import bench.client.Frame;
import bench.client.Listener;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/// One device: keeps a socket open, sends, receives, acknowledges, and tries again. Lives on the
/// fleet's loop.
final class Client implements Listener {
  private static final int WINDOW = 32; // messages under way
  private static final int ACK_EVERY = 16; // messages of a conversation
  private static final int ACK_TICKS = 10; // and what is left, once a second
  private static final double BY_HTTP = 0.03;
  private static final double READ = 0.1; // acknowledgements that also say "read"
  private static final int TRIES_AFTER_REMOVAL = 8; // sends that must be refused, by device
  private static final int RESENT = 20; // messages that a resume from further back asks for again
  private static final long SILENCE_NANOS =
      TimeUnit.SECONDS.toNanos(15); // then a socket is given up
  private static final int JITTER_NANOS = 50_000_000;
  private static final long RECONNECT_MIN_MILLIS = 20;
  private static final long RECONNECT_MAX_MILLIS = 400;

  final int index;
  private final Fleet fleet;
  private final Encoding encoding;
  private final int[] conversations;
  private final int[] top; // by conversation: the highest seq of another device
  private final int[] acknowledged;
  private final int[] triesLeft; // by conversation: sends until it is left alone
  private final LinkedHashMap<Long, Pending> pending = new LinkedHashMap<>();
  private final Deque<Integer> toRetry = new ArrayDeque<>();
  private Device device;
  private Connection connection;
  private int server;
  private int socket;
  private boolean ready;
  private boolean caughtUp;
  private boolean loggingIn;
  private int byHttp;
  private long frames;
  private long receivedCount;
  private int ticks;

  private record Pending(int message, long sinceNanos) {}

  Client(Fleet fleet, int index) {
    this.fleet = fleet;
    this.index = index;
    this.device = fleet.device(index);
    this.encoding = Encoding.values()[index / 2 % 2];
    this.conversations = fleet.population.conversationsOf(index);
    int all = fleet.population.conversations().size();
    top = new int[all];
    acknowledged = new int[all];
    triesLeft = new int[all];
    java.util.Arrays.fill(triesLeft, Integer.MAX_VALUE);
    server = index % fleet.servers.size();
  }

  boolean ready() {
    return ready;
  }

  /// Whether it has been told everything on the socket it has.
  boolean caughtUp() {
    return caughtUp;
  }

  /// Messages it was sent, repeats included.
  long receivedCount() {
    return receivedCount;
  }

  /// Changes with each socket.
  int socket() {
    return socket;
  }

  String token() {
    return device.accessToken();
  }

  /// The highest seq received of another device's messages.
  int top(int conversation) {
    return top[conversation];
  }

  void connect() {
    socket = fleet.newSocket();
    connection = fleet.loop.open(fleet.servers.get(server), token(), encoding, this);
  }

  /// Breaks its socket.
  void cut() {
    if (ready) {
      connection.cut();
    }
  }

  /// Stops reading, or goes on.
  void reading(boolean wanted) {
    if (ready) {
      connection.reading(wanted);
    }
  }

  /// Its user is no member any more: a few more sends, which must be refused, and none after them.
  void removedFrom(int conversation) {
    triesLeft[conversation] = TRIES_AFTER_REMOVAL;
  }

  @Override
  public void other(Connection from, Frame frame) {
    if (from == connection && frame.type() == Frame.Type.WELCOME) {
      ready = true;
      from.resume(++frames, cursors());
      List<Integer> again = new ArrayList<>(toRetry);
      toRetry.clear();
      again.forEach(message -> attempt(message, 0));
      fill();
    }
  }

  /// Mostly none; sometimes what it has; sometimes less, which is sent again and moves nothing
  /// back.
  private Map<UUID, Long> cursors() {
    Map<UUID, Long> cursors = new HashMap<>();
    double chance = fleet.random.nextDouble();
    for (int c : conversations) {
      UUID id = fleet.population.conversations().get(c);
      if (chance < 0.2) {
        cursors.put(id, (long) top[c]);
      } else if (chance < 0.4) {
        cursors.put(id, (long) Math.max(0, top[c] - fleet.random.nextInt(RESENT)));
      }
    }
    return cursors;
  }

  @Override
  public void caughtUp(Connection from, Frame frame) {
    caughtUp |= from == connection;
  }

  @Override
  public void message(Connection from, Frame frame) {
    if (from != connection) {
      return; // an older socket's last words
    }
    int c = fleet.conversation(frame.conversationId());
    if (c < 0) {
      return; // of an earlier run on the same database
    }
    long seq = frame.seq();
    int message = fleet.content.read(frame.content());
    int number = Content.number(message);
    if (number >= fleet.begun()) {
      message = Content.FOREIGN;
    }
    fleet.history.received(index, c, seq, message);
    receivedCount++;
    if (message == Content.FOREIGN || fleet.senderOf(number) != index) {
      top[c] = Math.max(top[c], (int) seq);
      if (top[c] - acknowledged[c] >= ACK_EVERY) {
        acknowledge(c);
      }
    }
  }

  private void acknowledge(int c) {
    acknowledged[c] = top[c];
    UUID id = fleet.population.conversations().get(c);
    if (fleet.random.nextDouble() < READ) {
      connection.read(id, top[c]);
    } else {
      connection.delivered(id, top[c]);
    }
  }

  void tick() {
    if (!ready) {
      return;
    }
    if ((++ticks + index) % ACK_TICKS == 0) {
      for (int c : conversations) {
        if (top[c] > acknowledged[c]) {
          acknowledge(c);
        }
      }
    }
    var oldest = pending.firstEntry();
    if (oldest != null && System.nanoTime() - oldest.getValue().sinceNanos > SILENCE_NANOS) {
      connection.cut();
    }
    fill();
  }

  /// Sends new messages while there is room.
  void fill() {
    while (ready && pending.size() + byHttp < WINDOW) {
      int message = fleet.take();
      if (message < 0) {
        return;
      }
      int to = pick();
      triesLeft[to]--;
      fleet.first(message, this, to, fleet.random.nextDouble() < BY_HTTP);
    }
  }

  private int pick() {
    int start = fleet.random.nextInt(conversations.length);
    for (int i = 0; i < conversations.length; i++) {
      int c = conversations[(start + i) % conversations.length];
      if (triesLeft[c] > 0) {
        return c;
      }
    }
    throw new IllegalStateException("a user without a direct conversation");
  }

  /// Sends on the socket, or when there is one.
  void attempt(int message, int variant) {
    if (!ready) {
      toRetry.add(message);
      return;
    }
    long id = ++frames;
    pending.put(id, new Pending(message, System.nanoTime()));
    fleet.attempted(message, index, socket, server, false, variant);
    UUID to = fleet.population.conversations().get(fleet.conversationOf(message));
    connection.send(id, to, fleet.content.key(message), fleet.content.of(message, variant));
  }

  void retry(int message, long afterMillis) {
    long delay = TimeUnit.MILLISECONDS.toNanos(afterMillis) + fleet.random.nextInt(JITTER_NANOS);
    fleet.loop.later(delay, () -> attempt(message, 0));
  }

  @Override
  public void sent(Connection from, Frame frame) {
    Pending answered = from == connection ? pending.remove(frame.id()) : null;
    if (answered != null) {
      fleet.sent(answered.message, frame.seq(), frame.sentAt().toEpochMilli());
      fill();
    }
  }

  @Override
  public void refused(Connection from, Frame frame) {
    Pending refused = from == connection && frame.hasId() ? pending.remove(frame.id()) : null;
    if (refused != null) {
      fleet.refused(refused.message, frame.errorCode(), frame.retryAfterSeconds());
      fill();
    }
  }

  @Override
  public void closed(Connection from, int code, String reason) {
    if (from != connection) {
      return;
    }
    ready = false;
    caughtUp = false;
    List<Pending> lost = new ArrayList<>(pending.values());
    pending.clear();
    lost.forEach(each -> fleet.unknown(each.message, null));
    // What was acknowledged may have been lost on its way.
    System.arraycopy(new int[top.length], 0, acknowledged, 0, top.length);
    if (code == 4401 || code == 401) {
      logInAgain();
    }
    server = fleet.random.nextInt(fleet.servers.size());
    long delay = fleet.random.nextLong(RECONNECT_MIN_MILLIS, RECONNECT_MAX_MILLIS);
    fleet.loop.later(TimeUnit.MILLISECONDS.toNanos(delay), this::connect);
  }

  void httpBegun() {
    byHttp++;
  }

  void httpEnded() {
    byHttp--;
    fill();
  }

  /// Its token is too old: takes another one, aside.
  void logInAgain() {
    if (loggingIn) {
      return;
    }
    loggingIn = true;
    Device old = device;
    var to = fleet.servers.get(fleet.random.nextInt(fleet.servers.size()));
    Thread.ofVirtual()
        .start(() -> {
          Device fresh = old;
          try (var api = new Api(to)) {
            fresh = api.login(old.phone(), old.deviceUuid());
          } catch (IOException | InterruptedException | Api.Refused _) {
            // The next refusal asks again.
          }
          Device now = fresh;
          fleet.loop.run(() -> {
            device = now;
            loggingIn = false;
          });
        });
  }
}
