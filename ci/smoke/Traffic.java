package ci.smoke;

import bench.client.Api;
import bench.client.Device;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/// People who use a server by HTTP: they send messages, and write and read their profiles. A
/// request that is not answered as it should be is a failed one; none is made twice.
///
/// Its threads end with [#close()], each after the request it is at.
final class Traffic implements AutoCloseable {
  private static final int PEOPLE = 4;
  private static final long PAUSE_MILLIS = 30; // some 100 requests a second altogether
  private static final int PROFILE_EVERY = 5;
  private static final long JOIN_MILLIS = 60_000; // a request waits for 30 s at most

  private final Api api;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong messages = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicReference<String> firstFailure = new AtomicReference<>("");
  private final List<Device> people;
  private volatile boolean closed;

  private Traffic(Api api, List<Device> people) {
    this.api = api;
    this.people = people;
  }

  /// Logs people in and lets them begin.
  ///
  /// @param firstPhone so that two of these have other people
  static Traffic start(InetSocketAddress server, int firstPhone)
      throws IOException, InterruptedException {
    var api = new Api(server);
    var people = api.login(firstPhone, PEOPLE);
    var traffic = new Traffic(api, people);
    for (int i = 0; i < PEOPLE; i++) {
      var person = people.get(i);
      UUID conversation = api.direct(person, people.get((i + 1) % PEOPLE));
      traffic.threads.add(Thread.startVirtualThread(() -> traffic.live(person, conversation)));
    }
    return traffic;
  }

  private void live(Device person, UUID conversation) {
    for (long i = 0; !closed; i++) {
      try {
        if (i % PROFILE_EVERY == 0) {
          String bio = "bio " + i;
          api.call("PATCH", "/profile", person.accessToken(), Map.of("bio", bio));
          String read = api.get("/profile", person.accessToken()).path("bio").asString("");
          requests.incrementAndGet();
          Checks.require(read.equals(bio), "wrote the profile '%s' and read '%s'", bio, read);
        } else {
          api.post(
              "/conversations/" + conversation + "/messages",
              person.accessToken(),
              Map.of("client_message_id", UUID.randomUUID().toString(), "content", "aGk="));
          messages.incrementAndGet();
        }
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        return;
      } catch (IOException | RuntimeException e) {
        failed.incrementAndGet();
        firstFailure.compareAndSet("", e.toString());
      }
      requests.incrementAndGet();
    }
  }

  /// Waits until so many requests more are answered.
  ///
  /// @throws Checks.Failed when that takes too long
  void awaitMore(int count) throws InterruptedException {
    long goal = requests() + count;
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(JOIN_MILLIS);
    while (requests() < goal) {
      Checks.require(System.nanoTime() < end, "no %d requests in 60 s: %s", count, firstFailure());
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }
  }

  List<Device> people() {
    return people;
  }

  Api api() {
    return api;
  }

  long requests() {
    return requests.get();
  }

  /// Acknowledged ones.
  long messages() {
    return messages.get();
  }

  long failed() {
    return failed.get();
  }

  String firstFailure() {
    return firstFailure.get();
  }

  @Override
  public void close() {
    end();
    api.close();
  }

  /// Nobody asks any more once this returns.
  void end() {
    closed = true;
    try {
      for (var thread : threads) {
        thread.join(JOIN_MILLIS);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
