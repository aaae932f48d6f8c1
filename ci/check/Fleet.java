package ci.check;

import bench.client.Device;
import bench.client.Loop;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// All clients of a run, and what becomes of each message that they send.
///
/// Lives on one event loop, which also writes the [History]; only what says so may be called
/// elsewhere. Messages are numbered in the order in which they are first sent.
final class Fleet implements AutoCloseable {
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100); // acks, time-outs
  private static final int MOST_TRIES = 200; // of one message, up to 2 s apart
  private static final long RETRY_FIRST_MILLIS = 50; // doubles while the answer is UNAVAILABLE
  private static final int RETRY_DOUBLINGS = 5;
  private static final double GIVEN_UP = 0.1; // of those unknown after one try: nobody tries again
  private static final double GIVEN_UP_LAST = 0.6; // of the run's last ones, which nothing follows
  private static final double RETRIED_BY_HTTP = 0.2;
  private static final double REPEATED = 0.02; // of the answered ones, on purpose
  private static final double SENT_TWICE = 0.01; // at once, both ways

  private enum State {
    OPEN,
    ANSWERED,
    REFUSED,
    GIVEN_UP
  }

  final Loop loop = new Loop("check-clients");
  final Population population;
  final History history;
  final Content content;
  final Random random;
  final List<InetSocketAddress> servers;

  private final long started = System.nanoTime();
  private final Map<UUID, Integer> conversations = new HashMap<>();
  private final List<Client> clients = new ArrayList<>();
  private final HttpSends http;
  private final int[] sender;
  private final int[] conversation;
  private final byte[] state; // ordinals of State
  private final short[] tries;
  private final byte[] underWayOf;
  private int next;
  private int sockets;
  private volatile boolean closed;
  private volatile int allowed;
  private volatile int begun;
  private volatile int resolved;
  private volatile int underWay;

  Fleet(Population population, int messages, long seed, List<InetSocketAddress> servers) {
    this.population = population;
    this.servers = servers;
    this.content = new Content(seed);
    this.random = new Random(seed);
    history = new History(messages, population.userOfDevice(), population.members());
    http = new HttpSends(this);
    sender = new int[messages];
    conversation = new int[messages];
    state = new byte[messages];
    tries = new short[messages];
    underWayOf = new byte[messages];
    for (int c = 0; c < population.conversations().size(); c++) {
      conversations.put(population.conversations().get(c), c);
    }
    for (int d = 0; d < population.devices().size(); d++) {
      clients.add(new Client(this, d));
    }
  }

  /// Connects everybody. From any thread.
  void start() {
    loop.run(() -> clients.forEach(Client::connect));
    loop.later(TICK_NANOS, this::tick);
  }

  private void tick() {
    if (!closed) {
      clients.forEach(Client::tick);
      loop.later(TICK_NANOS, this::tick);
    }
  }

  /// Lets the clients go on until so many messages were begun. From any thread.
  void allow(int messages) {
    allowed = Math.min(messages, history.messages);
    loop.run(() -> clients.forEach(Client::fill));
  }

  /// From any thread, as the next three.
  int begun() {
    return begun;
  }

  /// Messages whose sender has a last word, or has given up.
  int resolved() {
    return resolved;
  }

  /// Whether nothing is left to send, and no answer to wait for.
  boolean quiet() {
    return resolved == history.messages && underWay == 0;
  }

  /// Whether the run was given up or is over.
  boolean closed() {
    return closed;
  }

  /// Asks each client on the loop.
  <T> List<T> ask(Function<Client, T> question) {
    var answer = new CompletableFuture<List<T>>();
    loop.run(() -> {
      try {
        answer.complete(clients.stream().map(question).toList());
      } catch (RuntimeException e) {
        answer.completeExceptionally(e);
      }
    });
    return answer.join();
  }

  long micros() {
    return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - started);
  }

  /// The number of a conversation; -1 for one that is not ours.
  int conversation(UUID id) {
    return conversations.getOrDefault(id, -1);
  }

  Device device(int index) {
    return population.devices().get(index);
  }

  int newSocket() {
    return sockets++;
  }

  int senderOf(int message) {
    return sender[message];
  }

  int conversationOf(int message) {
    return conversation[message];
  }

  /// The next message to send, or -1 while no more may be begun.
  int take() {
    if (next >= allowed) {
      return -1;
    }
    begun = next + 1;
    return next++;
  }

  /// Sends a message for the first time.
  void first(int message, Client client, int to, boolean byHttp) {
    sender[message] = client.index;
    conversation[message] = to;
    boolean twice = random.nextDouble() < SENT_TWICE;
    if (byHttp || twice) {
      http.send(message, client, random.nextInt(servers.size()), 0);
    }
    if (!byHttp || twice) {
      client.attempt(message, 0);
    }
  }

  /// An attempt goes out.
  void attempted(int message, int device, int socket, int server, boolean byHttp, int variant) {
    tries[message]++;
    underWayOf[message]++;
    underWay++;
    long way = History.way(conversation[message], server, byHttp, variant);
    history.attempt(micros(), message, device, socket, way);
  }

  void sent(int message, long seq, long sentAtMillis) {
    ended(message);
    history.sent(micros(), message, seq, sentAtMillis);
    boolean first = state[message] == State.OPEN.ordinal();
    resolve(message, State.ANSWERED);
    if (first && random.nextDouble() < REPEATED) {
      Client client = clients.get(sender[message]);
      int variant = random.nextInt(2);
      if (random.nextBoolean() || !client.ready()) {
        http.send(message, client, random.nextInt(servers.size()), variant);
      } else {
        client.attempt(message, variant);
      }
    }
  }

  /// An `error` with a code; the contract says which of them leave the outcome open.
  void refused(int message, String code, long retryAfterSeconds) {
    switch (code) {
      case "UNAVAILABLE", "INTERNAL_ERROR" -> unknown(message, code);
      case "OVERLOADED", "RATE_LIMITED", "UNAUTHORIZED", "INVALID_TOKEN" -> {
        ended(message);
        history.refused(micros(), message, code);
        if (state[message] == State.OPEN.ordinal() && underWayOf[message] == 0) {
          if (tries[message] < MOST_TRIES) {
            retry(message, TimeUnit.SECONDS.toMillis(Math.max(1, retryAfterSeconds)));
          } else {
            resolve(message, State.REFUSED);
          }
        }
      }
      default -> {
        ended(message);
        history.refused(micros(), message, code);
        resolve(message, State.REFUSED);
      }
    }
  }

  /// @param code null for silence
  void unknown(int message, String code) {
    ended(message);
    history.unknown(micros(), message, code);
    if (state[message] != State.OPEN.ordinal() || underWayOf[message] > 0) {
      return;
    }
    double chance = random.nextDouble();
    double givenUp = next == history.messages ? GIVEN_UP_LAST : GIVEN_UP;
    if (chance < givenUp && tries[message] == 1 || tries[message] >= MOST_TRIES) {
      resolve(message, State.GIVEN_UP);
      return;
    }
    // A socket that closed says nothing of the other server; UNAVAILABLE asks for patience.
    int doublings = code == null ? 0 : Math.min(tries[message], RETRY_DOUBLINGS);
    long afterMillis = RETRY_FIRST_MILLIS << doublings;
    if (chance < givenUp + RETRIED_BY_HTTP) {
      Client client = clients.get(sender[message]);
      http.later(message, client, random.nextInt(servers.size()), afterMillis);
    } else {
      retry(message, afterMillis);
    }
  }

  private void retry(int message, long afterMillis) {
    clients.get(sender[message]).retry(message, afterMillis);
  }

  private void ended(int message) {
    underWayOf[message]--;
    underWay--;
  }

  private void resolve(int message, State to) {
    if (state[message] == State.OPEN.ordinal()) {
      resolved++;
    }
    if (state[message] != State.ANSWERED.ordinal()) {
      state[message] = (byte) to.ordinal();
    }
  }

  HttpSends http() {
    return http;
  }

  @Override
  public void close() {
    closed = true;
    http.close();
    loop.close();
  }
}
