package server.realtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import server.testing.Await;
import server.testing.RawSocket;
import server.testing.TestEngines;
import server.testing.TestNode;
import server.testing.TestNode.Device;
import server.testing.TestSocket;
import tools.jackson.databind.JsonNode;

/// A node that stops while everybody talks.
final class ShutdownTest {
  private static final int TALKERS = 6;
  private static final int IN_FLIGHT = 64; // of each

  private TestEngines engines;
  private TestNode stays;

  @BeforeEach
  void start() {
    engines = TestEngines.fresh();
    stays = TestNode.on(engines);
  }

  @AfterEach
  void stop() {
    stays.close();
    engines.close();
  }

  /// Sends until its socket closes, and knows what it sent and what was answered.
  private static final class Talker {
    private final Device device;
    private final TestSocket socket;
    private final Map<UUID, String> sent = new HashMap<>();
    private final Map<String, Long> answered = new HashMap<>();

    Talker(TestNode node, Device device) {
      this.device = device;
      this.socket = node.openAndResume(device);
    }

    void talk(UUID conversation) {
      try {
        while (true) {
          UUID id = UUID.randomUUID();
          sent.put(id, "text of " + id);
          socket.sayLater(conversation, id, sent.get(id));
          hear(sent.size() - answered.size() < IN_FLIGHT ? 0 : 50);
        }
      } catch (CompletionException _) {
        // closed
      }
      assertEquals(1001, socket.closeCode());
      hear(0);
      assertTrue(socket.rest().stream().noneMatch(f -> TestSocket.isType(f, "error")));
    }

    private void hear(long mostMillis) {
      JsonNode frame = socket.poll(f -> TestSocket.isType(f, "sent"), mostMillis);
      while (frame != null) {
        answered.put(frame.path("client_message_id").asString(), frame.path("seq").asLong());
        frame = socket.poll(f -> TestSocket.isType(f, "sent"), 0);
      }
    }
  }

  @Test
  void everySendIsAnsweredOrItsSocketClosesAndTheStoreAgrees() {
    TestNode goes = TestNode.on(engines);
    List<Talker> talkers = new ArrayList<>();
    for (int i = 0; i < TALKERS; i++) {
      talkers.add(new Talker(goes, goes.newUser()));
    }
    Device first = talkers.getFirst().device;
    UUID group =
        goes.conversation(
            first, true, talkers.stream().skip(1).map(t -> t.device).toArray(Device[]::new));
    List<CompletableFuture<Void>> talking;
    // Before anybody talks: a backlog larger than the window would end only when it acknowledges.
    try (TestSocket reader = stays.openAndResume(stays.anotherDevice(first))) {
      talking =
          talkers.stream()
              .map(t -> CompletableFuture.runAsync(() -> t.talk(group), Thread::startVirtualThread))
              .toList();
      reader.nextIn(group); // they talk
    }
    goes.close();
    talking.forEach(CompletableFuture::join);

    Map<String, Long> stored = new HashMap<>();
    engines
        .dsl()
        .fetch("SELECT client_message_id::text, seq FROM messages WHERE conversation_id = ?", group)
        .forEach(row -> stored.put(row.get(0, String.class), row.get(1, Long.class)));
    for (Talker talker : talkers) {
      assertFalse(talker.answered.isEmpty(), "nobody answered this one");
      talker.answered.forEach((id, seq) -> assertEquals(seq, stored.get(id)));
    }
    // What was not answered is unknown: sent again elsewhere, each message is there once.
    for (Talker talker : talkers) {
      try (TestSocket socket = stays.open(talker.device)) {
        List<UUID> unknown = new ArrayList<>(talker.sent.keySet());
        unknown.removeIf(id -> talker.answered.containsKey(id.toString()));
        for (UUID id : unknown) {
          socket.sayLater(group, id, talker.sent.get(id));
          JsonNode answer = socket.next("sent");
          assertEquals(id.toString(), answer.path("client_message_id").asString());
          Long before = stored.get(id.toString());
          assertTrue(before == null || before == answer.path("seq").asLong());
        }
      }
    }
    int all = talkers.stream().mapToInt(t -> t.sent.size()).sum();
    var counted =
        engines
            .dsl()
            .fetchSingle(
                "SELECT count(*), max(seq), count(DISTINCT client_message_id) FROM messages"
                    + " WHERE conversation_id = ?",
                group);
    for (int i = 0; i < 3; i++) {
      assertEquals(all, counted.get(i, Integer.class));
    }
  }

  @Test
  void socketsThatAreQuietStallOrIgnoreTheCloseKeepNoNodeFromStopping() {
    TestNode goes = TestNode.on(engines);
    Device ann = goes.newUser();
    Device bob = goes.newUser();
    UUID direct = goes.conversation(ann, false, bob);
    TestSocket quiet = goes.openAndResume(goes.newUser());
    RawSocket ignores = RawSocket.open(goes.port(), goes.newUser().accessToken());
    RawSocket stalls = RawSocket.open(goes.port(), bob.accessToken(), 8 * 1024);
    stalls.text("{\"type\":\"resume\"}");
    try (TestSocket a = goes.openAndResume(ann)) {
      byte[] content = new byte[48 * 1024];
      for (int i = 0; i < 100; i++) {
        a.sayLater(direct, UUID.randomUUID(), content);
        a.next("sent");
      }
      Await.until(
          "one is stalled",
          Duration.ofSeconds(10),
          () -> RealtimeMetrics.of(goes).queuedBytes() > 100_000);
      long start = System.nanoTime();
      goes.close();
      long millis = (System.nanoTime() - start) / 1_000_000;
      assertTrue(millis < 8_000, "stopping took " + millis + " ms");
      assertEquals(1001, a.closeCode());
      assertEquals(1001, quiet.closeCode());
      assertEquals(1001, ignores.read(RawSocket.CLOSE).closeCode());
    }
    ignores.close();
    stalls.close();
  }

  @Test
  void aSocketThatComesWhileTheNodeStopsIsTurnedAwayOrNotTakenAtAll() {
    TestNode goes = TestNode.on(engines);
    Device ann = goes.newUser();
    var stopping = CompletableFuture.runAsync(goes::close);
    List<Integer> codes = new ArrayList<>();
    while (!stopping.isDone()) {
      try (TestSocket socket = TestSocket.open(goes.port(), ann.accessToken())) {
        codes.add(socket.closeCode());
      } catch (CompletionException e) {
        assertFalse(e.getCause() instanceof TimeoutException, "accepted, then forgotten");
        break; // it does not listen any more, or ended in the middle of the handshake
      }
    }
    stopping.join();
    for (int code : codes) {
      assertTrue(List.of(1001, 4409, 1006).contains(code), "closed with " + code);
    }
  }
}
