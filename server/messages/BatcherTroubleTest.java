package server.messages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static server.messages.StoreHarness.range;
import static server.messages.TroubledStore.Trouble.ANSWER_LOST;
import static server.messages.TroubledStore.Trouble.BROKEN;
import static server.messages.TroubledStore.Trouble.LOST;
import static server.messages.TroubledStore.Trouble.NONE;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import server.http.ErrorCode;
import server.messages.Answers.Answer;
import server.testing.Await;

/// Refusals, outages and faults.
class BatcherTroubleTest extends BatcherFixture {
  @Test
  void aPoisonedMessageFailsAlone() {
    UUID group = on.group(ann);
    holdUp();
    List<Answer> before = answers.offer(drafts(group, 60));
    Answer poisoned = answers.offer(poisoned(group));
    List<Answer> after = answers.offer(drafts(group, 67));
    store.release();
    assertEquals(ErrorCode.INTERNAL_ERROR, poisoned.error().code());
    assertEquals(range(1, 60), seqsOf(before));
    assertEquals(range(61, 127), seqsOf(after));
    assertEquals(127, on.head(group));
    // The whole, and each half that holds the poison with its other half: 2 log2(128) + 1.
    assertTrue(store.sizes().size() <= 1 + 15, () -> store.sizes().toString());
    answers.awaitEachOnce();
  }

  /// PostgreSQL's text cannot hold it; the routes refuse it before it comes here.
  private Draft poisoned(UUID group) {
    return new Draft(
        group, ann.userId(), ann.deviceId(), UUID.randomUUID(), 0, "a\0b", new byte[0]);
  }

  @Test
  void whenTooManyWaitTheNextIsRefusedWithATimeAndNoneThatWasAcceptedIsLost() {
    use(1, new FairQueue.Bounds(100, Long.MAX_VALUE, WAIT_NANOS), CLOSE_MILLIS);
    UUID group = on.group(ann);
    holdUp();
    List<Answer> accepted = answers.offer(drafts(group, 100));
    for (Answer refused : answers.offer(drafts(group, 5))) {
      assertEquals(ErrorCode.OVERLOADED, refused.error().code());
      assertTrue(refused.error().retryAfterSeconds() >= 1);
    }
    store.release();
    assertEquals(range(1, 100), seqsOf(accepted));
    assertEquals(101, answers.offer(draft(group, "room again")).stored().seq());
    answers.awaitEachOnce();
  }

  @Test
  void whenTooManyBytesWaitTheNextIsRefusedAndNoneThatWasAcceptedIsLost() {
    UUID group = on.group(ann);
    byte[] large = new byte[Draft.MAX_CONTENT_BYTES];
    holdUp();
    List<Answer> offered = new ArrayList<>();
    for (int i = 0; i < 600; i++) { // 32 MiB hold some 510
      offered.add(
          answers.offer(
              new Draft(group, ann.userId(), ann.deviceId(), UUID.randomUUID(), 0, null, large)));
    }
    List<Answer> refused = offered.stream().filter(Answer::isThere).toList();
    assertTrue(refused.size() >= 88 && refused.size() <= 95, () -> "" + refused.size());
    refused.forEach(answer -> assertEquals(ErrorCode.OVERLOADED, answer.error().code()));
    store.release();
    List<Answer> accepted = new ArrayList<>(offered);
    accepted.removeAll(refused);
    assertEquals(range(1, accepted.size()), seqsOf(accepted));
    int most = FairQueue.MAX_BATCH_BYTES / Draft.MAX_CONTENT_BYTES + 1;
    store.sizes().forEach(size -> assertTrue(size <= most, () -> "a batch of " + size));
    answers.awaitEachOnce();
  }

  @Test
  void whatWaitsTooLongIsRefusedInsteadOfWritten() {
    long waitMillis = 100;
    var bounds =
        new FairQueue.Bounds(1_000, Long.MAX_VALUE, TimeUnit.MILLISECONDS.toNanos(waitMillis));
    use(1, bounds, CLOSE_MILLIS);
    UUID group = on.group(ann);
    Answer first = holdUp();
    List<Answer> late = answers.offer(drafts(group, 20));
    long begun = System.nanoTime();
    Await.until(
        "they are late",
        PATIENCE,
        () -> System.nanoTime() - begun > TimeUnit.MILLISECONDS.toNanos(2 * waitMillis));
    Answer inTime = answers.offer(draft(group, "in time"));
    store.release();
    first.stored();
    for (Answer answer : late) {
      assertEquals(ErrorCode.OVERLOADED, answer.error().code());
      assertTrue(answer.error().retryAfterSeconds() >= 1);
    }
    assertEquals(1, inTime.stored().seq());
    assertEquals(List.of("in time"), on.texts(group));
    answers.awaitEachOnce();
  }

  @Test
  void whileTheStoreIsAwayTheFateIsUnknownAndARetryLearnsIt() {
    UUID group = on.group(ann);
    store.meet(LOST);
    List<Draft> lost = drafts(group, 10);
    answers.offer(lost).forEach(BatcherTroubleTest::assertUnknown);
    store.meet(ANSWER_LOST);
    List<Draft> stored = drafts(group, 10);
    answers.offer(stored).forEach(BatcherTroubleTest::assertUnknown);
    assertEquals(0, batcher.messages());
    store.meet(NONE);
    List<Answer> retries = answers.offer(stored);
    assertEquals(range(1, 10), seqsOf(retries));
    assertTrue(retries.stream().allMatch(answer -> answer.stored().repeated()));
    assertEquals(0, committed.size());
    assertEquals(range(1, 10), List.copyOf(repeated)); // told only now
    List<Answer> others = answers.offer(lost);
    assertEquals(range(11, 20), seqsOf(others));
    assertFalse(others.stream().anyMatch(answer -> answer.stored().repeated()));
    answers.awaitEachOnce();
  }

  private static void assertUnknown(Answer answer) {
    assertEquals(ErrorCode.UNAVAILABLE, answer.error().code());
    assertTrue(answer.error().retryAfterSeconds() >= 1);
  }

  @Test
  void aFaultInTheStoresCodeEndsInAnAnswerAndTheNextMessageIsWritten() {
    UUID group = on.group(ann);
    holdUp();
    List<Answer> broken = answers.offer(drafts(group, 5));
    store.meet(BROKEN);
    store.release();
    broken.forEach(answer -> assertEquals(ErrorCode.INTERNAL_ERROR, answer.error().code()));
    store.meet(NONE);
    assertEquals(1, answers.offer(draft(group, "mended")).stored().seq());
    answers.awaitEachOnce();
  }

  @Test
  void aListenersFaultHarmsNobody() {
    UUID group = on.group(ann);
    listenerThrows = true;
    holdUp();
    batcher.offer(
        draft(group, "of one whose sender fails"),
        new Batcher.Sender() {
          @Override
          public void answered(Draft of, Appended answer) {
            throw new AssertionError("a sender's fault, for a test");
          }

          @Override
          public void failed(Draft of, server.http.ApiError error) {}
        });
    List<Answer> others = answers.offer(drafts(group, 5));
    store.release();
    assertEquals(range(2, 6), seqsOf(others));
    assertEquals(7, answers.offer(draft(group, "later")).stored().seq());
    answers.awaitEachOnce();
  }

  @Test
  void closingWritesWhatWaitsAndRefusesWhatComes() throws Exception {
    UUID group = on.group(ann);
    Answer first = holdUp();
    List<Answer> waiting = answers.offer(drafts(group, 700));
    Thread closing = Thread.startVirtualThread(batcher::close);
    Await.until(
        "closed",
        PATIENCE,
        () -> {
          Answer refused = answers.offer(draft(group, "too late"));
          return refused.isThere() && refused.get() instanceof server.http.ApiError;
        });
    store.release();
    closing.join();
    assertTrue(first.isThere() && waiting.stream().allMatch(Answer::isThere));
    List<Answer> all = answers.awaitEachOnce();
    assertEquals(range(1, 700), seqsOf(waiting));
    Answer last = all.getLast();
    assertEquals(ErrorCode.OVERLOADED, last.error().code());
    assertTrue(last.error().retryAfterSeconds() >= 1);
  }

  @Test
  void closingDoesNotWaitForEverAndStillAnswersEverybody() {
    use(2, FairQueue.Bounds.STANDARD, 50);
    UUID group = on.group(ann);
    store.hold();
    Answer stuck = answers.offer(draft(group, "stuck"));
    Await.until("it is being written", PATIENCE, () -> store.writes().size() == 1);
    List<Answer> waiting = answers.offer(drafts(group, 10));
    batcher.close();
    waiting.forEach(answer -> assertEquals(ErrorCode.OVERLOADED, answer.error().code()));
    store.release();
    assertEquals(1, stuck.stored().seq());
    assertEquals(List.of("stuck"), on.texts(group));
    answers.awaitEachOnce();
  }
}
