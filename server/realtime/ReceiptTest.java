package server.realtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import server.testing.TestNode;
import server.testing.TestNode.Device;
import server.testing.TestSocket;
import server.testing.TwoNodes;
import tools.jackson.databind.JsonNode;

/// Who is told that a cursor rose: the senders of what it passed and the reader's other devices.
final class ReceiptTest {
  @RegisterExtension static final TwoNodes nodes = new TwoNodes();

  private final TestNode north = nodes.north();
  private final TestNode south = nodes.south();

  private Device ann;
  private Device bob;
  private Device cora;
  private UUID group;

  @BeforeEach
  void meet() {
    ann = north.newUser();
    bob = south.newUser();
    cora = north.newUser();
    group = north.conversation(ann, true, bob, cora);
  }

  private static void is(JsonNode receipt, Device of, long delivered, long read) {
    assertEquals(of.userId().toString(), receipt.path("user_id").asString());
    assertEquals(of.deviceId().toString(), receipt.path("device_id").asString());
    assertEquals(delivered, receipt.path("delivered_seq").asLong());
    assertEquals(read, receipt.path("read_seq").asLong());
  }

  /// The receipts of a device up to the one that tells `delivered` and `read`.
  private static void awaits(TestSocket socket, Device of, long delivered, long read) {
    long lastDelivered = 0;
    long lastRead = 0;
    while (lastDelivered < delivered || lastRead < read) {
      JsonNode receipt =
          socket.next(f ->
              TestSocket.isType(f, "receipt")
                  && f.path("device_id").asString().equals(of.deviceId().toString()));
      assertTrue(receipt.path("delivered_seq").asLong() >= lastDelivered, "it fell");
      assertTrue(receipt.path("read_seq").asLong() >= lastRead, "it fell");
      lastDelivered = receipt.path("delivered_seq").asLong();
      lastRead = receipt.path("read_seq").asLong();
    }
    assertEquals(delivered, lastDelivered);
    assertEquals(read, lastRead);
  }

  private static List<JsonNode> receipts(TestSocket socket) {
    return socket.restAfterPing().stream().filter(f -> TestSocket.isType(f, "receipt")).toList();
  }

  @Test
  void theSenderOnBothNodesAndTheReadersOtherDeviceHearAndNobodyElse() {
    Device annLaptop = south.anotherDevice(ann);
    Device bobLaptop = north.anotherDevice(bob);
    try (TestSocket a = north.openAndResume(ann);
        TestSocket a2 = south.openAndResume(annLaptop);
        TestSocket b = south.openAndResume(bob);
        TestSocket b2 = north.openAndResume(bobLaptop);
        TestSocket c = north.openAndResume(cora)) {
      a.say(group, "1");
      b.expect(group, 1, 1);
      b.acknowledge(group, 1);
      for (TestSocket told : List.of(a, a2, b2)) {
        is(told.next("receipt"), bob, 1, 0);
      }
      b.send("read", "conversation_id", group, "seq", 1);
      for (TestSocket told : List.of(a, a2, b2)) {
        is(told.next("receipt"), bob, 1, 1);
      }
      assertEquals(List.of(), receipts(b)); // its own device knows
      assertEquals(List.of(), receipts(c)); // cora wrote nothing
    }
  }

  @Test
  void readingWhatWasDeliveredLongAgoIsToldToThoseWhoWroteIt() {
    try (TestSocket a = north.openAndResume(ann);
        TestSocket b = south.openAndResume(bob);
        TestSocket c = north.openAndResume(cora)) {
      a.say(group, "ann wrote the first");
      c.sayMany(group, 300);
      b.expect(group, 1, 301);
      b.acknowledge(group, 301);
      awaits(c, bob, 301, 0);
      b.send("read", "conversation_id", group, "seq", 1);
      awaits(a, bob, 301, 1);
    }
  }

  @Test
  void aReceiptThatSaysNothingNewIsToldToNobody() {
    try (TestSocket a = north.openAndResume(ann);
        TestSocket b = south.openAndResume(bob)) {
      a.sayMany(group, 5);
      b.expect(group, 1, 5);
      b.send("read", "conversation_id", group, "seq", 5);
      awaits(a, bob, 5, 5);
      b.acknowledge(group, 3);
      b.send("read", "conversation_id", group, "seq", 2);
      b.send("read", "conversation_id", group, "seq", 5);
      a.say(group, "6"); // what comes behind is told, so nothing was told before
      b.expect(group, 6, 6);
      b.acknowledge(group, 6);
      is(a.next("receipt"), bob, 6, 5);
    }
  }

  @Test
  void theRouteAndTheSocketTellTheSame() {
    try (TestSocket a = north.openAndResume(ann);
        TestSocket b = south.openAndResume(bob)) {
      a.sayMany(group, 4);
      b.expect(group, 1, 4);
      var answer =
          north.call("POST", "/conversations/" + group + "/receipts", bob, Map.of("read_seq", 4));
      assertEquals(204, answer.status());
      awaits(a, bob, 4, 4);
    }
  }

  @Test
  void manyAcknowledgementsAreToldAsFewAndTheLastOneIsTold() {
    try (TestSocket a = north.openAndResume(ann);
        TestSocket b = south.openAndResume(bob)) {
      a.sayMany(group, 500);
      for (int i = 1; i <= 500; i++) {
        b.expect(group, i, i);
        b.acknowledge(group, i);
      }
      awaits(a, bob, 500, 0);
    }
  }

  @Test
  void whoHasLeftIsToldNothingMore() {
    try (TestSocket a = north.openAndResume(ann);
        TestSocket b = south.openAndResume(bob);
        TestSocket c = north.openAndResume(cora)) {
      c.say(group, "1");
      a.expect(group, 1, 1);
      b.expect(group, 1, 1);
      String member = "/conversations/" + group + "/members/" + cora.userId();
      assertEquals(204, north.call("DELETE", member, cora, null).status());
      c.next(f -> f.path("change").asString("").equals("member_removed"));
      b.acknowledge(group, 1); // cora's message, but what others do there is not cora's any more
      a.say(group, "2");
      b.expect(group, 2, 2);
      b.acknowledge(group, 2);
      awaits(a, bob, 2, 0);
      assertEquals(List.of(), receipts(c));
    }
  }
}
