package server.messages;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static server.messages.StoreHarness.range;
import static server.messages.StoreHarness.seqs;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import server.messages.Answers.Answer;
import server.messages.Appended.Refused;
import server.testing.Await;
import server.testing.Concurrently;

class BatcherTest extends BatcherFixture {
  private static final long COMMIT_NANOS = 8_000_000; // well above what threads need to wake up

  @Test
  void aloneAMessageIsWrittenAtOnceAndAnsweredWhenItIsStored() {
    UUID group = on.group(ann);
    assertEquals(1, answers.offer(draft(group, "one")).stored().seq());
    assertEquals(List.of("one"), on.texts(group));
    assertEquals(2, answers.offer(draft(group, "two")).stored().seq());
    assertEquals(List.of(1, 1), store.sizes());
    assertEquals(2, batcher.batches());
    assertEquals(2, batcher.messages());
  }

  @Test
  void whateverGathersWhileABatchIsWrittenIsOneStatement() throws Exception {
    List<UUID> groups = List.of(on.group(ann), on.group(ann), on.group(ann), on.group(ann));
    holdUp();
    Concurrently.run(200, i -> answers.offer(draft(groups.get(i % groups.size()), "" + i)));
    assertEquals(200, batcher.queued());
    store.release();
    assertEquals(201, answers.awaitEachOnce().size());
    assertEquals(List.of(1, 200), store.sizes());
    assertEquals(0, batcher.queued());
    groups.forEach(group -> assertEquals(range(1, 50), seqs(on.log(group))));
  }

  @Test
  void whatOneThreadOffersToAConversationIsNumberedInThatOrder() throws Exception {
    use(3, FairQueue.Bounds.STANDARD, CLOSE_MILLIS);
    List<UUID> groups = List.of(on.group(ann), on.group(ann), on.group(ann));
    List<List<Answer>> byThread =
        Concurrently.run(
            6,
            number -> {
              List<Answer> offered = new ArrayList<>();
              for (int i = 0; i < 300; i++) {
                offered.add(answers.offer(draft(groups.get((i + number) % 3), "")));
              }
              return offered;
            });
    answers.awaitEachOnce();
    for (UUID group : groups) {
      for (List<Answer> offered : byThread) {
        List<Answer> here =
            offered.stream().filter(a -> a.draft.conversationId().equals(group)).toList();
        assertEquals(seqsOf(here).stream().sorted().toList(), seqsOf(here));
      }
      assertEquals(range(1, 600), seqs(on.log(group)));
    }
  }

  @Test
  void theNumberOfCommittersMayChangeWhilePeopleSendAndOrderStays() throws Exception {
    UUID group = on.group(ann);
    var changing =
        Thread.ofPlatform()
            .start(() -> {
              for (int i = 0; i < 40; i++) {
                batcher.committers(i % 4 + 1);
                LockSupport.parkNanos(2_000_000);
              }
            });
    List<List<Answer>> byThread =
        Concurrently.run(
            6,
            _ -> {
              List<Answer> offered = new ArrayList<>();
              for (int i = 0; i < 300; i++) {
                offered.add(answers.offer(draft(group, "")));
                LockSupport.parkNanos(100_000);
              }
              return offered;
            });
    changing.join();
    assertEquals(1_800, answers.awaitEachOnce().size());
    for (List<Answer> offered : byThread) {
      assertEquals(seqsOf(offered).stream().sorted().toList(), seqsOf(offered));
    }
    assertEquals(range(1, 1_800), seqs(on.log(group)));
    assertEquals(range(1, 1_800), seqs(List.copyOf(committed)));
    assertEquals(4, batcher.committers());
  }

  @Test
  void everyMessageIsToldOnInOrderBeforeItsSenderIsAnswered() {
    UUID group = on.group(ann);
    Draft repeated = draft(group, "before");
    on.append(repeated);
    answers.offer(repeated);
    Draft last = draft(group, "last");
    answers.offer(drafts(group, 30));
    answers.offer(on.draft(on.user(), group, "not a member"));
    boolean[] toldBefore = new boolean[1];
    batcher.offer(
        last,
        new Batcher.Sender() {
          @Override
          public void answered(Draft of, Appended answer) {
            toldBefore[0] = seqs(List.copyOf(committed)).contains(32L);
            answers.offer(draft(group, "after"));
          }

          @Override
          public void failed(Draft of, server.http.ApiError error) {}
        });
    Await.until("all is told", PATIENCE, () -> committed.size() == 32);
    assertTrue(toldBefore[0]);
    assertEquals(range(2, 33), seqs(List.copyOf(committed)));
    Message told = committed.peek();
    Message there = on.log(group).get(1);
    assertEquals(there.clientMessageId(), told.clientMessageId());
    assertEquals(there.sentAt(), told.sentAt());
    assertEquals(there.senderUserId(), told.senderUserId());
    assertEquals(there.senderDeviceId(), told.senderDeviceId());
    assertEquals(StoreHarness.text(there), StoreHarness.text(told));
  }

  @Test
  void aRefusalIsTheSendersOwn() {
    UUID group = on.group(ann);
    holdUp();
    Answer stranger = answers.offer(on.draft(on.user(), group, "let me in"));
    Answer member = answers.offer(draft(group, "welcome"));
    Answer reply = answers.offer(on.reply(ann, group, 7));
    store.release();
    assertEquals(Refused.NOT_A_MEMBER, stranger.get());
    assertEquals(1, member.stored().seq());
    assertEquals(Refused.UNKNOWN_REPLY, reply.get());
    assertEquals(List.of(1, 3), store.sizes());
  }

  @Test
  void retriesWithinOneBatchAreWrittenOnceAndShareTheAnswer() {
    UUID group = on.group(ann);
    UUID id = UUID.randomUUID();
    holdUp();
    List<Answer> same =
        answers.offer(
            List.of(
                on.draft(ann, group, id, "first"),
                on.draft(ann, group, id, "second"),
                on.draft(ann, group, id, "third")));
    Draft twice = draft(group, "the same object");
    List<Answer> both = answers.offer(List.of(twice, twice));
    store.release();
    assertEquals(List.of(1L, 1L, 1L), seqsOf(same));
    assertEquals(List.of(2L, 2L), seqsOf(both));
    assertEquals(
        List.of(false, true, true, false, true),
        java.util.stream.Stream.concat(same.stream(), both.stream())
            .map(answer -> answer.stored().repeated())
            .toList());
    assertEquals(1, same.stream().map(answer -> answer.stored().sentAt()).distinct().count());
    assertEquals(List.of("first", "the same object"), on.texts(group));
    assertEquals(List.of(1, 2), store.sizes());
    answers.awaitEachOnce();
  }

  @Test
  void aBusyConversationLeavesRoomForOthersAndKeepsItsOrder() {
    UUID busy = on.group(ann);
    UUID quiet = on.group(ann);
    holdUp();
    List<Answer> many = answers.offer(drafts(busy, 500));
    List<Answer> few = answers.offer(drafts(quiet, 3));
    store.release();
    assertEquals(range(1, 500), seqsOf(many));
    assertEquals(range(1, 3), seqsOf(few));
    int share = FairQueue.MAX_CONVERSATION_SHARE;
    assertEquals(List.of(1, share + 3, share, share, 500 - 3 * share), store.sizes());
    assertEquals(count(500), on.texts(busy));
  }

  /// The share of the time that a committer spends in the store, of which each call takes a while.
  private double inTheStore(Runnable offering) {
    var nanos = new AtomicLong();
    batcher.close();
    batcher =
        new Batcher(
            batch -> {
              long start = System.nanoTime();
              LockSupport.parkNanos(COMMIT_NANOS);
              List<Appended> answers = on.store().append(batch);
              nanos.addAndGet(System.nanoTime() - start);
              return answers;
            },
            new Listener(),
            1,
            FairQueue.Bounds.STANDARD,
            CLOSE_MILLIS);
    answers = new Answers(batcher);
    long start = System.nanoTime();
    offering.run();
    return nanos.get() / (double) (System.nanoTime() - start);
  }

  @Test
  void aBatchThatGrowsIsWaitedForAsLongAsTheOneBeforeTook() {
    UUID group = on.group(ann);
    List<Draft> drafts = drafts(group, 400);
    double share =
        inTheStore(() -> {
          drafts.forEach(draft -> {
            answers.offer(draft);
            LockSupport.parkNanos(COMMIT_NANOS / 8);
          });
          answers.awaitEachOnce();
        });
    assertTrue(share < 0.62, "commits took " + share + " of the time");
    assertEquals(count(400), on.texts(group));
  }

  @Test
  void whoSendsOneAfterTheOtherIsNotKeptWaiting() {
    UUID group = on.group(ann);
    List<Draft> drafts = drafts(group, 40);
    double share = inTheStore(() -> drafts.forEach(draft -> answers.offer(draft).stored()));
    assertTrue(share > 0.7, "commits took only " + share + " of the time");
  }

  @Test
  void norAreThreeWhoDoSo() {
    List<List<Draft>> drafts =
        IntStream.range(0, 3).mapToObj(_ -> drafts(on.group(ann), 40)).toList();
    double share =
        inTheStore(() ->
            assertDoesNotThrow(() ->
                Concurrently.run(
                    3,
                    i ->
                        drafts.get(i).stream()
                            .map(each -> answers.offer(each).stored())
                            .toList())));
    assertTrue(share > 0.7, "commits took only " + share + " of the time");
  }
}
