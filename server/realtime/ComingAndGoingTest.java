package server.realtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import server.testing.Await;
import server.testing.RawSocket;
import server.testing.TestNode;
import server.testing.TestNode.Device;
import server.testing.TestSocket;
import server.testing.TwoNodes;

/// Sockets that open, close and replace each other in quick succession.
final class ComingAndGoingTest {
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  @RegisterExtension static final TwoNodes nodes = new TwoNodes();

  private final TestNode north = nodes.north();
  private final TestNode south = nodes.south();

  private Device ann;
  private Device bob;
  private UUID conversation;

  @BeforeEach
  void meet() {
    ann = north.newUser();
    bob = south.newUser();
    conversation = north.conversation(ann, true, bob);
  }

  @Test
  void socketsLeaveNothingBehindHoweverTheyGo() {
    for (int i = 0; i < 30; i++) {
      north.conversation(ann, true, bob); // so that attaching takes its time
    }
    for (int round = 0; round < 40; round++) {
      try (RawSocket socket = RawSocket.open(north.port(), ann.accessToken())) {
        switch (round % 5) {
          case 0 -> socket.text("{\"type\":\"resume\"}");
          case 1 -> socket.read(RawSocket.TEXT);
          case 2 -> socket.frame(RawSocket.CLOSE, true, new byte[] {3, (byte) 0xE8});
          case 3 -> {
            socket.text("{\"type\":\"resume\"}");
            LockSupport.parkNanos(round * 1_000_000L); // into the midst of it
          }
          default -> socket.bytes(new byte[] {(byte) 0xFF, 0x00}); // breaks the protocol
        }
      }
    }
    Await.until("all is forgotten", PATIENCE, () -> left(north).equals(new Left(0, 0)));
  }

  private record Left(long sockets, long hubs) {}

  private static Left left(TestNode node) {
    RealtimeMetrics metrics = RealtimeMetrics.of(node);
    return new Left(metrics.sockets(), metrics.hubs());
  }

  @Test
  void whoIsAloneAgainAndAgainIsHeardOfEachTime() {
    try (TestSocket a = north.openAndResume(ann)) {
      for (int i = 1; i <= 10; i++) { // the hub on the south comes and goes with its only socket
        try (TestSocket b = south.openAndResume(bob)) {
          long seq = a.say(conversation, "to the south").path("seq").asLong();
          b.expect(conversation, seq, seq);
          b.acknowledge(conversation, seq);
          a.next("receipt");
        }
      }
    }
  }

  @Test
  void onTwoNodesAtTheSameMomentOneSocketOfADeviceStays() {
    for (int round = 0; round < 10; round++) {
      // Without waiting for the welcome: one of them may be replaced before it is written.
      var there =
          CompletableFuture.supplyAsync(() -> TestSocket.open(south.port(), ann.accessToken()));
      try (TestSocket n = TestSocket.open(north.port(), ann.accessToken());
          TestSocket s = there.join()) {
        Await.until("one of them is closed", PATIENCE, () -> n.isClosed() || s.isClosed());
        boolean north = n.isClosed();
        assertEquals(4409, (north ? n : s).closeCode());
        TestSocket stays = north ? s : n;
        stays.send("resume");
        stays.next("caught_up");
        assertTrue(stays.messagesAfterPing().isEmpty());
      }
    }
  }

  @Test
  void aReplacedSocketGetsNothingMoreAndTheNewerEverything() {
    TestSocket older = north.openAndResume(bob);
    try (TestSocket a = north.openAndResume(ann);
        TestSocket newer = north.openAndResume(bob)) {
      a.sayMany(conversation, 20);
      newer.expect(conversation, 1, 20);
      assertEquals(4409, older.closeCode());
      assertEquals(
          List.of(), older.rest().stream().filter(f -> TestSocket.isType(f, "message")).toList());
    }
  }

  @Test
  void aDeviceThatReconnectsAllTheTimeMissesNothing() {
    try (TestSocket a = south.openAndResume(ann)) {
      long acknowledged = 0;
      for (int round = 0; round < 15; round++) {
        TestNode node = round % 2 == 0 ? north : south;
        for (int i = 0; i < 5; i++) {
          a.sayLater(conversation, UUID.randomUUID(), "round " + round);
        }
        try (TestSocket b = node.open(bob)) {
          b.send("resume", "cursors", Map.of(conversation, acknowledged));
          long until = acknowledged + 1 + round % 5;
          b.expect(conversation, acknowledged + 1, until);
          acknowledged = until;
        }
      }
      try (TestSocket b = north.open(bob)) {
        b.send("resume", "cursors", Map.of(conversation, acknowledged));
        b.expect(conversation, acknowledged + 1, 75);
        b.next("caught_up");
        assertTrue(b.messagesAfterPing().isEmpty());
      }
    }
  }
}
