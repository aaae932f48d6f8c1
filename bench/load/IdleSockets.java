package bench.load;

import bench.client.Api;
import bench.client.Connection;
import bench.client.Device;
import bench.client.Encoding;
import bench.client.Frame;
import bench.client.Listener;
import bench.client.Loop;
import bench.cluster.Cluster;
import bench.cluster.ServerPart;
import fixtures.urls.EnvironmentError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Many sockets that say nothing: what each costs a server, and what happens when all of them break
/// and come back at once. For one thread.
public final class IdleSockets implements AutoCloseable {
  private static final long READY_MILLIS = 120_000; // for all of them, on a busy machine
  private static final int MAX_TRIES = 100; // the kernel resets what its accept queue can't hold
  private static final long RETRY_MILLIS = 200; // as a client does, but for the random part
  private static final int SETTLE_SECONDS = 2; // buffers of the handshakes go back to their pools
  private static final int SERVER_GC_SECONDS = 30;

  private final Cluster cluster;
  private final Loop loop = new Loop("idle");
  private final List<Device> devices;
  private final List<Idle> sockets = new ArrayList<>(); // of the loop
  private final AtomicInteger caughtUp = new AtomicInteger();
  private final AtomicInteger opened = new AtomicInteger(); // again after each try
  private final AtomicInteger messages = new AtomicInteger();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean over;

  private IdleSockets(Cluster cluster, List<Device> devices) {
    this.cluster = cluster;
    this.devices = devices;
  }

  /// Logs so many devices in; opens nothing yet.
  ///
  /// @param groupSize each is in one group of so many
  public static IdleSockets of(Cluster cluster, int count, int groupSize, int firstPhone)
      throws IOException, InterruptedException {
    try (var api = new Api(Population.address(cluster, 0))) {
      var devices = api.login(firstPhone, count);
      List<UUID> groups =
          Api.inParallel(
              count / groupSize,
              i -> api.group(devices.subList(i * groupSize, (i + 1) * groupSize)));
      // Something to catch up with: one message in each group.
      var body = Map.of("client_message_id", UUID.randomUUID().toString(), "content", "aGk=");
      Api.inParallel(
          groups.size(),
          i ->
              api.post(
                  "/conversations/" + groups.get(i) + "/messages",
                  devices.get(i * groupSize).accessToken(),
                  body));
      return new IdleSockets(cluster, devices);
    }
  }

  private final class Idle implements Listener {
    private final int index;
    private Connection connection;
    private int tries;
    private boolean up;
    private boolean cut; // by us: its end, of which the loop tells later, is no failure

    Idle(int index) {
      this.index = index;
    }

    void connect() {
      var server = Population.address(cluster, index % cluster.servers().size());
      String token = devices.get(index).accessToken();
      connection = loop.open(server, token, Encoding.JSON, this);
    }

    @Override
    public void opened(Connection connection) {
      opened.incrementAndGet();
      connection.resume(0, Map.of());
    }

    @Override
    public void message(Connection connection, Frame frame) {
      messages.incrementAndGet();
    }

    @Override
    public void caughtUp(Connection connection, Frame frame) {
      up = true;
      caughtUp.incrementAndGet();
    }

    @Override
    public void refused(Connection connection, Frame frame) {
      failures.add("error frame " + frame.errorCode());
    }

    @Override
    public void closed(Connection connection, int code, String reason) {
      if (cut || over) {
        return;
      }
      if (!up && ++tries < MAX_TRIES) {
        loop.later(TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS), this::connect);
      } else {
        failures.add("closed with " + code + " " + reason);
      }
    }
  }

  /// Opens all of them at once and returns when the server has caught up with each.
  ///
  /// @return how many messages came in all
  /// @throws EnvironmentError when one fails
  public int open() throws InterruptedException {
    caughtUp.set(0);
    opened.set(0);
    messages.set(0);
    loop.run(() -> {
      sockets.clear();
      for (int i = 0; i < devices.size(); i++) {
        var socket = new Idle(i);
        sockets.add(socket);
        socket.connect();
      }
    });
    LoadSession.await(READY_MILLIS, () -> caughtUp.get() >= devices.size() || !failures.isEmpty());
    if (!failures.isEmpty() || caughtUp.get() < devices.size()) {
      throw new EnvironmentError(
          "%d of %d sockets came up, %d upgrades were answered; %s"
              .formatted(caughtUp.get(), devices.size(), opened.get(), failures.peek()));
    }
    return messages.get();
  }

  /// Breaks all of them at once.
  public void cut() {
    loop.run(() ->
        sockets.forEach(socket -> {
          socket.cut = true;
          socket.connection.cut();
        }));
  }

  /// Resident memory of the servers, with garbage collected first and what is free given back, the
  /// heap's and the C library's: bytes.
  public long serverBytes() throws IOException, InterruptedException {
    TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
    for (ServerPart server : cluster.servers()) {
      ask(server, "GC.run");
      ask(server, "System.trim_native_heap");
    }
    return cluster.servers().stream().mapToLong(ServerPart::rssBytes).sum();
  }

  private static void ask(ServerPart server, String command)
      throws IOException, InterruptedException {
    var program = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    new ProcessBuilder(program, "" + server.pid(), command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor(SERVER_GC_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    over = true;
    loop.close();
  }
}
