package server.messages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import server.messages.FairQueue.Bounds;
import server.messages.FairQueue.Waiting;

class FairQueueTest {
  private static final Bounds WIDE = new Bounds(100_000, Long.MAX_VALUE, 1_000);
  private static final long NOW = 5_000;

  private final FairQueue queue = new FairQueue(WIDE);
  private final UUID one = UUID.randomUUID();
  private final UUID other = UUID.randomUUID();

  /// @param number is told from the message that it replies to
  private static Waiting waiting(UUID conversation, int number, int bytes, long since) {
    UUID id = UUID.randomUUID();
    return new Waiting(
        new Draft(conversation, id, id, id, number, null, new byte[bytes]), null, since);
  }

  private static boolean add(FairQueue queue, UUID conversation, int from, int to) {
    return IntStream.rangeClosed(from, to)
        .allMatch(number -> queue.add(waiting(conversation, number, 0, NOW)));
  }

  private static List<Long> numbers(List<Waiting> all, UUID conversation) {
    return all.stream()
        .map(Waiting::draft)
        .filter(draft -> draft.conversationId().equals(conversation))
        .map(Draft::replyToSeq)
        .toList();
  }

  private List<Waiting> batch() {
    return queue.take(NOW).batch();
  }

  @Test
  void aConversationsDraftsComeInTheirOrder() {
    add(queue, one, 1, 3);
    add(queue, other, 1, 2);
    add(queue, one, 4, 5);
    List<Waiting> batch = batch();
    assertEquals(StoreHarness.range(1, 5), numbers(batch, one));
    assertEquals(StoreHarness.range(1, 2), numbers(batch, other));
    assertEquals(0, queue.size());
    assertEquals(List.of(), batch());
  }

  @Test
  void aConversationHasItsShareOfABatchAndThenTheOthersHaveTheirTurn() {
    int share = FairQueue.MAX_CONVERSATION_SHARE;
    add(queue, one, 1, 3 * share);
    add(queue, other, 1, 2 * share);
    List<UUID> more = new ArrayList<>();
    for (int i = 0; i < FairQueue.MAX_BATCH_MESSAGES; i++) {
      more.add(UUID.randomUUID());
      add(queue, more.getLast(), 1, 1);
    }
    List<Waiting> first = batch();
    assertEquals(FairQueue.MAX_BATCH_MESSAGES, first.size());
    assertEquals(StoreHarness.range(1, share), numbers(first, one));
    assertEquals(StoreHarness.range(1, share), numbers(first, other));
    List<Waiting> second = batch();
    assertEquals(
        more.getLast(), second.get(FairQueue.MAX_BATCH_MESSAGES / 2 - 1).draft().conversationId());
    assertEquals(StoreHarness.range(share + 1, 2 * share), numbers(second, one));
    assertEquals(StoreHarness.range(share + 1, 2 * share), numbers(second, other));
    assertEquals(StoreHarness.range(2 * share + 1, 3 * share), numbers(batch(), one));
    assertEquals(0, queue.size());
  }

  @Test
  void aBatchEndsWithTheDraftThatReachesItsBytes() {
    int bytes = FairQueue.MAX_BATCH_BYTES / 4;
    for (int i = 1; i <= 10; i++) {
      queue.add(waiting(one, i, bytes, NOW));
    }
    assertEquals(StoreHarness.range(1, 4), numbers(batch(), one));
    assertEquals(StoreHarness.range(5, 8), numbers(batch(), one));
    assertEquals(StoreHarness.range(9, 10), numbers(batch(), one));
  }

  @Test
  void itIsFullByNumberAndThenHasRoomAgain() {
    var small = new FairQueue(new Bounds(3, Long.MAX_VALUE, 1_000));
    assertTrue(add(small, one, 1, 3));
    assertFalse(small.add(waiting(other, 1, 0, NOW)));
    assertEquals(3, small.size());
    small.take(NOW);
    assertTrue(add(small, other, 1, 3));
  }

  @Test
  void itIsFullByBytesAndThenHasRoomAgain() {
    int weight = waiting(one, 1, 1_000, NOW).draft().weightBytes();
    var small = new FairQueue(new Bounds(1_000, 3 * weight, 1_000));
    for (int round = 0; round < 3; round++) {
      for (int i = 1; i <= 3; i++) {
        assertTrue(small.add(waiting(one, i, 1_000, NOW)));
      }
      assertFalse(small.add(waiting(other, 1, 0, NOW)));
      assertEquals(3, round == 1 ? small.drain().size() : small.take(NOW).batch().size());
    }
  }

  @Test
  void whatHasWaitedTooLongIsTakenOutOfTheWayAndCountsForNobodysShare() {
    int share = FairQueue.MAX_CONVERSATION_SHARE;
    for (int i = 1; i <= 2 * share; i++) {
      queue.add(waiting(one, i, 0, NOW - 1_001));
    }
    queue.add(waiting(one, 2 * share + 1, 0, NOW - 1_000));
    add(queue, one, 2 * share + 2, 3 * share);
    FairQueue.Taken taken = queue.take(NOW);
    assertEquals(StoreHarness.range(1, 2 * share), numbers(taken.late(), one));
    assertEquals(StoreHarness.range(2 * share + 1, 3 * share), numbers(taken.batch(), one));
  }

  @Test
  void drainingGivesAllThatIsLeft() {
    add(queue, one, 1, 3);
    add(queue, other, 1, 2);
    List<Waiting> all = queue.drain();
    assertEquals(5, all.size());
    assertEquals(0, queue.size());
    assertEquals(List.of(), queue.drain());
  }
}
