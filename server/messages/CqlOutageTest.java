package server.messages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static server.messages.StoreHarness.range;
import static server.messages.StoreHarness.seqs;

import fixtures.urls.CqlUrl;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import server.messages.Appended.Stored;
import server.messages.cql.CqlMessageStore;
import server.testing.Await;
import server.testing.TestApi.User;
import server.testing.TestProxy;

/// A node whose way to the CQL database is cut, beside one whose way is not.
class CqlOutageTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30); // reconnecting, a busy machine

  private static CqlHarness harness;
  private static TestProxy proxy;
  private static MessageStore store;

  @BeforeAll
  static void start() {
    harness = new CqlHarness();
    var direct = harness.keyspace().hosts().getFirst();
    proxy = TestProxy.to(direct);
    String url = harness.keyspace().text().replace(":" + direct.port(), ":" + proxy.port());
    store = CqlMessageStore.open(CqlUrl.parse(url), harness.people().dsl());
  }

  @AfterAll
  static void stop() {
    store.close();
    proxy.close();
    harness.close();
  }

  private static Stored append(MessageStore on, Draft draft) {
    return (Stored) on.append(List.of(draft)).getFirst();
  }

  @Test
  void anOutageIsToldAndWhatWasUnknownIsAnsweredByARetry() {
    User ann = harness.user();
    UUID group = harness.group(ann);
    assertEquals(1, append(store, harness.draft(ann, group, "one")).seq());
    Draft draft = harness.draft(ann, group, "unknown");
    proxy.cut();
    assertThrows(StoreUnavailable.class, () -> store.append(List.of(draft)));
    assertThrows(StoreUnavailable.class, () -> store.readForward(group, 0, 9, 9));
    assertThrows(StoreUnavailable.class, () -> store.readBackward(group, 9, 9));
    assertThrows(StoreUnavailable.class, () -> store.heads(List.of(group)));
    assertThrows(StoreUnavailable.class, () -> store.receipts(group, null, 0, 9));
    var acknowledgement = new Acknowledgement(group, ann.userId(), ann.deviceId(), 1, 0);
    assertThrows(StoreUnavailable.class, () -> store.acknowledge(List.of(acknowledgement)));
    Stored elsewhere = append(harness.store(), harness.draft(ann, group, "elsewhere"));
    proxy.mend();
    Await.until("it answers again", PATIENCE, () -> answers(group));
    Stored retried = append(store, draft);
    assertEquals(range(1, 3), seqs(harness.log(group)));
    assertEquals(5, elsewhere.seq() + retried.seq()); // 2 and 3, in one order or the other
    assertEquals(retried.seq(), append(harness.store(), draft).seq());
  }

  private static boolean answers(UUID group) {
    try {
      return !store.readForward(group, 0, 9, 9).isEmpty();
    } catch (StoreUnavailable _) {
      return false;
    }
  }

  /// The append was sent, and its answer is held back until after the time-out.
  @Test
  void anAppendWhoseAnswersStallIsStoredOnceHoweverOftenItIsTried() throws Exception {
    User ann = harness.user();
    UUID group = harness.group(ann);
    assertEquals(1, append(store, harness.draft(ann, group, "one")).seq());
    Draft draft = harness.draft(ann, group, "stalled");
    proxy.stall();
    var first =
        CompletableFuture.supplyAsync(
            () -> store.append(List.of(draft)), Thread::startVirtualThread);
    assertEquals(
        StoreUnavailable.class,
        assertThrows(ExecutionException.class, first::get).getCause().getClass());
    proxy.mend();
    Await.until("it answers again", PATIENCE, () -> answers(group));
    long seq = append(store, draft).seq();
    assertEquals(2, seq);
    assertEquals(2, append(harness.otherNode(), draft).seq());
    assertEquals(List.of("one", "stalled"), harness.texts(group));
  }
}
