package server.following;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.CqlUrl;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import migrate.move.MoveProgress;
import migrate.move.Seal;
import migrate.move.messages.MessagesMove;
import migrate.move.messages.Place;
import org.junit.jupiter.api.Test;
import server.messages.ServerMessageSides;
import server.messages.cql.CqlMessageStore;
import server.testing.Await;
import server.testing.TestApi;
import server.testing.TestCql;
import server.testing.TestEngines;
import server.testing.TestNode;
import server.testing.TestNode.Device;

/// Two nodes that were started with messages in PostgreSQL follow them into CQL and back, and so do
/// nodes that are started afterwards with whatever settings.
class MoveMessagesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30); // a busy machine
  private static final int IN_POSTGRES = 2; // committers

  private static final CqlUrl GONE = CqlUrl.parse("scylladb://127.0.0.1:9/gone");

  private static MessagesMove move(TestEngines engines, CqlUrl cql, Place to) {
    return new MessagesMove(
        engines.postgres(),
        cql,
        new ServerMessageSides(),
        Seal.of(Seal.DEVELOPMENT_SECRET),
        new MessagesMove.Options(to, 100, 0, false, Duration.ZERO),
        MoveProgress.SILENT);
  }

  private static int metric(TestNode node, String name) {
    String all = TestApi.call(node.port(), "GET", "/metrics", null, null).response().body();
    return all.lines()
        .filter(line -> line.startsWith(name + " "))
        .map(line -> (int) Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  /// What suits the store that messages are in: as if the node had been started with it.
  private static void assertAt(Place place, TestNode node, int nodes) {
    assertEquals(
        place == Place.CQL ? CqlMessageStore.COMMITTERS : IN_POSTGRES,
        metric(node, "vyry_committers"));
    int relaying = place == Place.CQL ? nodes : 0;
    Await.until(
        relaying + " nodes divide the writing",
        PATIENCE,
        () -> metric(node, "vyry_relay_nodes") == relaying);
    assertEquals(place == Place.CQL, node.ready().contains("\"cql\""), node::ready);
    assertTrue(node.ready().contains("\"ready\""), node::ready);
  }

  private static int send(TestNode node, Device as, UUID conversation) {
    var body = Map.of("client_message_id", UUID.randomUUID(), "content", "aGVsbG8=");
    return node.call("POST", "/conversations/" + conversation + "/messages", as, body).status();
  }

  @Test
  void nodesWriteAsTheStoreWantsItAlsoWhenTheyWereStartedBeforeOrSayAnother() throws Exception {
    CqlUrl cql = TestCql.newKeyspace();
    try (var engines = TestEngines.fresh();
        var one = TestNode.on(engines);
        var two = TestNode.on(engines)) {
      Device ann = one.newUser();
      UUID conversation = one.conversation(ann, true, two.newUser());
      assertAt(Place.POSTGRES, one, 0);
      try (var senders = new Senders(List.of(one, two), ann, conversation, 2)) {
        for (Place to : List.of(Place.CQL, Place.POSTGRES)) {
          try (var move = move(engines, cql, to)) {
            move.start();
            move.finish();
          }
          assertAt(to, one, 2);
          assertAt(to, two, 2);
          int before = senders.sent();
          Await.until("messages are sent", PATIENCE, () -> senders.sent() > before + 20);
          if (to == Place.CQL) {
            try (var old = TestNode.on(engines); // its settings name no CQL database
                var fresh = TestNode.on(engines, cql)) {
              assertAt(Place.CQL, old, 4);
              assertAt(Place.CQL, fresh, 4);
              assertEquals(201, send(old, ann, conversation));
              assertEquals(201, send(fresh, ann, conversation));
            }
          }
        }
        senders.stop();
        assertEquals(List.of(), senders.failures());
        try (var left = TestNode.on(engines, GONE)) { // which nothing needs any more
          assertAt(Place.POSTGRES, left, 0);
          assertEquals(201, send(left, ann, conversation));
        }
        // Two were sent beside the senders, and one now.
        assertFalse(senders.sent() == 0);
        var history =
            one.call("GET", "/conversations/" + conversation + "/messages?limit=1", ann, null);
        assertEquals(
            senders.sent() + 3, history.body().path("messages").path(0).path("seq").asInt());
      }
    }
  }
}
