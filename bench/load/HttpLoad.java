package bench.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import bench.client.Api;
import bench.client.Device;
import bench.client.HttpConnection;
import bench.client.Loop;
import bench.cluster.Cluster;
import fixtures.urls.EnvironmentError;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/// Sends by HTTP: kept-alive connections that each post one message after the other. For one
/// thread; the connections live on a loop of their own.
public final class HttpLoad implements AutoCloseable {
  private static final int CREATED = 201;
  private static final String BODY = "{\"client_message_id\":\"%s\",\"content\":\"%s\"}";

  private final Cluster cluster;
  private final Loop loop = new Loop("http-load");
  private final AtomicLong answered = new AtomicLong();
  private final AtomicReference<String> failure = new AtomicReference<>();
  private final String content;
  private volatile boolean running = true;

  private HttpLoad(Cluster cluster, int payloadBytes) {
    this.cluster = cluster;
    byte[] bytes = new byte[payloadBytes];
    ThreadLocalRandom.current().nextBytes(bytes);
    content = Base64.getEncoder().encodeToString(bytes);
  }

  /// Connects, and begins to post.
  ///
  /// @param bare whether nobody has to log in there
  public static HttpLoad start(
      Cluster cluster, int connections, int payloadBytes, boolean bare, int firstPhone)
      throws IOException, InterruptedException {
    var load = new HttpLoad(cluster, payloadBytes);
    var address = Population.address(cluster, 0);
    List<Device> devices = new ArrayList<>();
    List<UUID> conversations = new ArrayList<>();
    if (!bare) {
      try (var api = new Api(address)) {
        devices = api.login(firstPhone, connections + 1);
        List<Device> all = devices;
        conversations =
            Api.inParallel(connections, i -> api.direct(all.get(i), all.get(connections)));
      }
    }
    for (int i = 0; i < connections; i++) {
      UUID conversation = bare ? UUID.randomUUID() : conversations.get(i);
      String path = "/api/v1/conversations/" + conversation + "/messages";
      String token = bare ? "none" : devices.get(i).accessToken();
      load.loop.openHttp(address, path, token, load.new Poster());
    }
    return load;
  }

  private final class Poster implements HttpConnection.Answers {
    @Override
    public void opened(HttpConnection connection) {
      var random = ThreadLocalRandom.current();
      var id = new UUID(random.nextLong(), random.nextLong());
      connection.post(BODY.formatted(id, content).getBytes(ISO_8859_1));
    }

    @Override
    public void answered(HttpConnection connection, int status) {
      if (status != CREATED) {
        failure.compareAndSet(null, status + " " + connection.failure());
        return;
      }
      answered.incrementAndGet();
      if (running) {
        opened(connection);
      }
    }

    @Override
    public void closed(HttpConnection connection, String reason) {
      if (running) {
        failure.compareAndSet(null, reason);
      }
    }
  }

  /// What the server used for each request: microseconds of CPU.
  ///
  /// @throws EnvironmentError when a request was refused
  public double serverMicros(int runInSeconds, int seconds) throws InterruptedException {
    TimeUnit.SECONDS.sleep(runInSeconds);
    long before = answered.get();
    Costs start = Costs.now(cluster, List.of());
    TimeUnit.SECONDS.sleep(seconds);
    Costs used = Costs.now(cluster, List.of()).since(start);
    if (failure.get() != null) {
      throw new EnvironmentError("a request failed: " + failure.get());
    }
    return used.parts().get(Costs.SERVER) / 1e3 / (answered.get() - before);
  }

  @Override
  public void close() {
    running = false;
    loop.close();
  }
}
