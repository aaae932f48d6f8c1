package server.messages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static server.messages.TroubledStore.Trouble.ANSWER_LOST;
import static server.messages.TroubledStore.Trouble.BROKEN;
import static server.messages.TroubledStore.Trouble.LOST;
import static server.messages.TroubledStore.Trouble.NONE;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import server.http.ApiError;
import server.http.ErrorCode;
import server.testing.Await;
import server.testing.Concurrently;
import server.testing.TestApi.User;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CoalescingAcknowledgementsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20); // a busy machine
  private static final int BOUND = 3_000;

  private PostgresHarness on;
  private User ann;
  private UUID group;
  private TroubledStore store;
  private CoalescingAcknowledgements queue;
  private final Queue<Advance> told = new ConcurrentLinkedQueue<>();

  @BeforeAll
  void start() {
    on = new PostgresHarness();
  }

  @AfterAll
  void stop() {
    on.close();
  }

  @BeforeEach
  void begin() {
    ann = on.user();
    group = UUID.randomUUID(); // who may acknowledge what is judged before it comes here
    store = new TroubledStore(on.store());
    told.clear();
    queue = new CoalescingAcknowledgements(store.store(), told::addAll, BOUND);
  }

  @AfterEach
  void end() {
    store.meet(NONE);
    store.release();
    queue.close();
  }

  private CompletableFuture<Void> submit(
      UUID conversation, User device, long delivered, long read) {
    return queue.submit(
        new Acknowledgement(conversation, device.userId(), device.deviceId(), delivered, read));
  }

  private CompletableFuture<Void> submit(long delivered, long read) {
    return submit(group, ann, delivered, read);
  }

  /// Lets a first write begin and holds it up: what is submitted now has to wait.
  private CompletableFuture<Void> holdUp() {
    store.hold();
    CompletableFuture<Void> first = submit(UUID.randomUUID(), ann, 1, 0);
    Await.until("it is being written", PATIENCE, () -> store.writes().size() == 1);
    return first;
  }

  private static void await(CompletableFuture<Void> done) throws Exception {
    done.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static Throwable failure(CompletableFuture<Void> done) {
    return assertThrows(
            ExecutionException.class, () -> done.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
        .getCause();
  }

  private Cursor cursor(long delivered, long read) {
    return new Cursor(group, ann.userId(), ann.deviceId(), delivered, read);
  }

  private List<Cursor> cursors() {
    return on.store().cursorsOfUser(ann.userId(), List.of(group));
  }

  @Test
  void aDeviceAndConversationIsOneWriteHoweverManyMessagesItCovers() throws Exception {
    holdUp();
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int seq = 1; seq <= 500; seq++) {
      all.add(submit(seq, seq / 2));
    }
    store.release();
    for (CompletableFuture<Void> each : all) {
      await(each);
    }
    assertEquals(List.of(1, 1), store.sizes());
    assertEquals(2, queue.flushes());
    assertEquals(List.of(cursor(500, 250)), cursors());
  }

  @Test
  void manyDevicesAndConversationsShareOneWrite() throws Exception {
    List<User> devices = IntStream.range(0, 20).mapToObj(_ -> on.user()).toList();
    List<UUID> groups = List.of(group, UUID.randomUUID(), UUID.randomUUID());
    holdUp();
    List<CompletableFuture<Void>> all =
        Concurrently.run(300, i -> submit(groups.get(i % 3), devices.get(i % 20), 1 + i, 0));
    store.release();
    for (CompletableFuture<Void> each : all) {
      await(each);
    }
    assertEquals(List.of(1, 60), store.sizes());
  }

  @Test
  void aFlushThatTookLongIsFollowedByALongerPause() throws Exception {
    long heldMillis = 33;
    CompletableFuture<Void> first = holdUp();
    Thread.sleep(heldMillis);
    store.release();
    await(first);
    long start = System.nanoTime();
    await(submit(3, 0));
    long waited = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    assertTrue(waited >= 2 * heldMillis, "written after " + waited + " ms");
  }

  @Test
  void deliveredAndReadRiseEachByItself() throws Exception {
    holdUp();
    submit(9, 1);
    submit(3, 3);
    CompletableFuture<Void> last = submit(4, 0);
    store.release();
    await(last);
    assertEquals(List.of(cursor(9, 3)), cursors());
    assertEquals(2, store.writes().size());
  }

  @Test
  void aCallerIsToldOnceItIsStoredAndTheListenerBeforeThat() throws Exception {
    store.hold();
    CompletableFuture<Void> done = submit(7, 2);
    Await.until("it is being written", PATIENCE, () -> store.writes().size() == 1);
    assertFalse(done.isDone());
    assertEquals(0, told.size());
    List<Integer> toldBefore = new ArrayList<>();
    CompletableFuture<Void> after = done.thenRun(() -> toldBefore.add(told.size()));
    store.release();
    await(after);
    assertEquals(List.of(1), toldBefore);
    assertEquals(List.of(new Advance(cursor(7, 2), 0, 0)), List.copyOf(told));
    assertEquals(List.of(cursor(7, 2)), cursors());
    await(submit(5, 1)); // raises nothing, and is done
    assertEquals(1, told.size());
  }

  @Test
  void whileTheStoreIsAwayCallersAreToldAndItIsWrittenLaterAllTheSame() throws Exception {
    store.meet(LOST);
    assertInstanceOf(StoreUnavailable.class, failure(submit(5, 0)));
    store.hold();
    store.meet(NONE);
    CompletableFuture<Void> more = submit(3, 3);
    store.release();
    await(more);
    assertEquals(List.of(cursor(5, 3)), cursors());
    store.meet(LOST);
    assertInstanceOf(StoreUnavailable.class, failure(submit(8, 8)));
    store.meet(NONE);
    Await.until("written without a word", PATIENCE, () -> cursors().contains(cursor(8, 8)));
  }

  @Test
  void anAcknowledgementWhoseAnswerWasLostIsWrittenAgainAndDoesNoHarm() throws Exception {
    store.meet(ANSWER_LOST);
    assertInstanceOf(StoreUnavailable.class, failure(submit(5, 5)));
    assertEquals(List.of(cursor(5, 5)), cursors());
    store.meet(NONE);
    await(submit(6, 5));
    assertEquals(List.of(cursor(6, 5)), cursors());
  }

  @Test
  void whenTooManyWaitANewOneIsRefusedAndWhatWaitsIsWritten() throws Exception {
    holdUp();
    List<CompletableFuture<Void>> accepted = new ArrayList<>();
    List<UUID> groups = new ArrayList<>();
    for (int i = 0; i < BOUND; i++) {
      groups.add(UUID.randomUUID());
      accepted.add(submit(groups.getLast(), ann, 1, 0));
    }
    ApiError refused = assertInstanceOf(ApiError.class, failure(submit(1, 0)));
    assertEquals(ErrorCode.OVERLOADED, refused.code());
    assertTrue(refused.retryAfterSeconds() >= 1);
    accepted.add(submit(groups.getFirst(), ann, 2, 0)); // needs no room of its own
    store.release();
    for (CompletableFuture<Void> each : accepted) {
      await(each);
    }
    int batch = CoalescingAcknowledgements.MAX_BATCH;
    assertEquals(List.of(1, batch, BOUND - batch), store.sizes());
    assertEquals(BOUND, on.store().cursorsOfUser(ann.userId(), groups).size());
    await(submit(1, 0));
  }

  @Test
  void oneThatTheStoreRefusesIsDroppedAloneAndHoldsUpNobody() throws Exception {
    holdUp();
    List<CompletableFuture<Void>> before = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      before.add(submit(UUID.randomUUID(), ann, 1, 0));
    }
    CompletableFuture<Void> refused =
        queue.submit(new Acknowledgement(group, null, ann.deviceId(), 1, 0));
    CompletableFuture<Void> after = submit(UUID.randomUUID(), ann, 1, 0);
    store.release();
    for (CompletableFuture<Void> each : before) {
      await(each);
    }
    await(after);
    assertInstanceOf(StoreUnavailable.class, failure(refused));
    int writes = store.writes().size();
    await(submit(1, 0));
    assertEquals(writes + 1, store.writes().size()); // it is not tried again
    assertEquals(1, store.sizes().getLast());
  }

  @Test
  void aFaultInTheStoresCodeOrTheListenersEndsNothing() throws Exception {
    store.meet(BROKEN);
    assertInstanceOf(StoreUnavailable.class, failure(submit(1, 0)));
    store.meet(NONE);
    await(submit(2, 0));
    try (var other =
        new CoalescingAcknowledgements(
            store.store(),
            _ -> {
              throw new IllegalStateException("a listener's fault, for a test");
            })) {
      await(other.submit(new Acknowledgement(group, ann.userId(), ann.deviceId(), 3, 0)));
      await(other.submit(new Acknowledgement(group, ann.userId(), ann.deviceId(), 4, 0)));
    }
    assertEquals(List.of(cursor(4, 0)), cursors());
  }

  @Test
  void closingWritesWhatWaitsAndRefusesWhatComes() throws Exception {
    CompletableFuture<Void> first = holdUp();
    CompletableFuture<Void> waiting = submit(5, 5);
    Thread closing = Thread.startVirtualThread(queue::close);
    Await.until("closed", PATIENCE, () -> submit(6, 6).isCompletedExceptionally());
    store.release();
    closing.join();
    await(first);
    await(waiting);
    assertTrue(cursors().getFirst().deliveredSeq() >= 5);
    ApiError refused = assertInstanceOf(ApiError.class, failure(submit(7, 7)));
    assertEquals(ErrorCode.OVERLOADED, refused.code());
  }

  @Test
  void closingWhileTheStoreIsAwayTriesOnceAndLeavesNobodyWaiting() throws Exception {
    holdUp();
    List<CompletableFuture<Void>> waiting = new ArrayList<>();
    for (int i = 0; i < BOUND - 500; i++) { // more than one batch
      waiting.add(submit(UUID.randomUUID(), ann, 1, 0));
    }
    store.meet(LOST);
    Thread closing = Thread.startVirtualThread(queue::close);
    Await.until("closed", PATIENCE, () -> submit(6, 6).isCompletedExceptionally());
    store.release();
    closing.join();
    for (CompletableFuture<Void> each : waiting) {
      assertTrue(each.isDone());
      assertInstanceOf(StoreUnavailable.class, failure(each));
    }
    assertTrue(store.writes().size() <= 2, () -> store.sizes().toString());
  }
}
