package server.realtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import server.http.Json;
import server.testing.Await;
import server.testing.RawSocket;
import server.testing.TestEngines;
import server.testing.TestNode;
import server.testing.TestNode.Device;
import server.testing.TestSocket;
import tools.jackson.databind.JsonNode;

/// A client that does not read costs a bounded queue and nobody's time, and gets everything when it
/// reads on.
final class SlowReaderTest {
  private static final int SMALL_BUFFER_BYTES = 8 * 1024;

  /// The high-water mark, one message of the largest content above it, and what a flush holds.
  private static final long BOUND_BYTES = 512 * 1024;

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static TestEngines engines;
  private static TestNode node;

  private Device ann;
  private Device bob;
  private Device slow;
  private UUID conversation;

  @BeforeAll
  static void start() {
    engines = TestEngines.fresh();
    node = TestNode.on(engines);
  }

  @AfterAll
  static void stop() {
    node.close();
    engines.close();
  }

  @BeforeEach
  void meet() {
    ann = node.newUser();
    bob = node.newUser();
    slow = node.newUser();
    conversation = node.conversation(ann, true, bob, slow);
  }

  private RawSocket stalled() {
    RawSocket socket = RawSocket.open(node.port(), slow.accessToken(), SMALL_BUFFER_BYTES);
    socket.text("{\"type\":\"resume\"}");
    while (!next(socket, "caught_up")) {
      // whatever comes before
    }
    return socket;
  }

  private static boolean next(RawSocket socket, String type) {
    return parsed(socket).path("type").asString().equals(type);
  }

  private static JsonNode parsed(RawSocket socket) {
    return Json.mapper().readTree(socket.read(RawSocket.TEXT).text());
  }

  private void expect(RawSocket socket, long first, long last) {
    for (long seq = first; seq <= last; ) {
      JsonNode frame = parsed(socket);
      if (frame.path("type").asString().equals("message")) {
        assertEquals(seq++, frame.path("seq").asLong());
      }
    }
  }

  private static long queued() {
    return RealtimeMetrics.of(node).queuedBytes();
  }

  @Test
  void aStalledReaderCostsABoundedQueueOthersAreServedAndItLosesNothing() {
    int times = 200;
    byte[] content = new byte[48 * 1024]; // in all more than any buffer on the way
    try (RawSocket s = stalled();
        TestSocket a = node.openAndResume(ann);
        TestSocket b = node.openAndResume(bob)) {
      long most = 0;
      for (int i = 1; i <= times; i++) {
        a.sayLater(conversation, UUID.randomUUID(), content);
        a.next("sent");
        b.expect(conversation, i, i);
        most = i % 50 == 0 ? Math.max(most, queued()) : most;
      }
      assertTrue(most > 0, "the reader is not slow at all");
      assertTrue(most < BOUND_BYTES, most + " bytes are queued");
      expect(s, 1, times);
      a.say(conversation, "and it is live again");
      expect(s, times + 1, times + 1);
    }
  }

  @Test
  void aStalledReaderOfSmallMessagesCatchesUpBeyondTheWindowInOrder() {
    int times = 4_500;
    try (RawSocket s = stalled();
        TestSocket a = node.openAndResume(ann)) {
      a.sayMany(conversation, times);
      assertTrue(queued() < BOUND_BYTES);
      expect(s, 1, 3_000);
      s.text("{\"type\":\"delivered\",\"conversation_id\":\"" + conversation + "\",\"seq\":3000}");
      expect(s, 3_001, times);
    }
  }

  @Test
  void aClientThatAsksAndDoesNotReadIsReadNoMoreUntilItDoes() {
    var asked = new AtomicInteger();
    try (RawSocket s = stalled();
        TestSocket a = node.openAndResume(ann)) {
      String filler = "x".repeat(1_000);
      var asking =
          CompletableFuture.runAsync(() -> {
            try {
              for (; asked.get() < 60_000; asked.incrementAndGet()) {
                s.text("{\"type\":\"dance\",\"id\":" + asked + ",\"x\":\"" + filler + "\"}");
              }
            } catch (UncheckedIOException _) {
              // the test is over
            }
          });
      Await.until("the server reads no more", PATIENCE, () -> rests(asked));
      assertTrue(queued() < BOUND_BYTES);
      assertTrue(a.messagesAfterPing().isEmpty());
      int answered = asked.get();
      for (int i = 0; i < answered; ) {
        JsonNode frame = parsed(s);
        if (frame.path("type").asString().equals("error")) {
          assertEquals(i++, frame.path("id").asLong()); // none of its answers is lost
        }
      }
      s.cut();
      asking.join();
    }
  }

  /// Whether it stays the same for a while.
  private static boolean rests(AtomicInteger number) {
    int before = number.get();
    long until = System.nanoTime() + 500_000_000;
    while (System.nanoTime() < until) {
      LockSupport.parkNanos(10_000_000);
    }
    return number.get() == before && before > 0;
  }

  @Test
  void aFloodOfPingsFromAClientThatDoesNotReadCostsNothingEither() {
    try (RawSocket s = stalled();
        TestSocket a = node.openAndResume(ann)) {
      byte[] payload = new byte[125];
      var pinged = new AtomicInteger();
      var pinging =
          CompletableFuture.runAsync(() -> {
            try {
              for (; pinged.get() < 2_000_000; pinged.incrementAndGet()) {
                s.frame(RawSocket.PING, true, payload);
              }
            } catch (UncheckedIOException _) {
              // closed for too many frames, or the test is over
            }
          });
      Await.until("the server reads no more", PATIENCE, () -> rests(pinged) || pinging.isDone());
      assertTrue(pinged.get() < 2_000_000, "all pings were read, and their pongs are somewhere");
      assertTrue(a.messagesAfterPing().isEmpty());
      s.cut();
      pinging.join();
    }
  }
}
