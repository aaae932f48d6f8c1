package server.messages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static server.messages.StoreHarness.range;
import static server.messages.StoreHarness.seqs;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import server.messages.MessageStore.Span;
import server.testing.TestApi.User;

/// What the readings of [MessageStore] promise.
interface ReadContract extends StoreHarness {
  @Test
  default void forwardsReadsWhatLiesBetweenAscending() {
    User ann = user();
    UUID group = group(ann);
    fill(ann, group, 10);
    fill(ann, group(ann), 3); // next to it
    MessageStore store = store();
    assertEquals(range(1, 10), seqs(store.readForward(group, 0, 10, 100)));
    assertEquals(range(4, 7), seqs(store.readForward(group, 3, 7, 100)));
    assertEquals(range(4, 5), seqs(store.readForward(group, 3, 7, 2)));
    assertEquals(range(8, 10), seqs(store.readForward(group, 7, Long.MAX_VALUE, 100)));
    assertEquals(List.of(), store.readForward(group, 10, 10, 100));
    assertEquals(List.of(), store.readForward(group, 7, 3, 100));
    assertEquals(List.of(), store.readForward(UUID.randomUUID(), 0, 10, 100));
  }

  @Test
  default void backwardsReadsTheLastOnesBeforeAscending() {
    User ann = user();
    UUID group = group(ann);
    fill(ann, group, 10);
    MessageStore store = store();
    assertEquals(range(8, 10), seqs(store.readBackward(group, 11, 3)));
    assertEquals(range(8, 10), seqs(store.readBackward(group, Long.MAX_VALUE, 3)));
    assertEquals(range(3, 5), seqs(store.readBackward(group, 6, 3)));
    assertEquals(range(1, 5), seqs(store.readBackward(group, 6, 100)));
    assertEquals(List.of(), store.readBackward(group, 1, 3));
    assertEquals(List.of(), store.readBackward(UUID.randomUUID(), 11, 3));
  }

  @Test
  default void bothNodesReadTheSame() {
    User ann = user();
    UUID group = group(ann);
    fill(ann, group, 5);
    assertEquals(
        log(group).stream().map(Message::clientMessageId).toList(),
        otherNode().readForward(group, 0, 5, 5).stream().map(Message::clientMessageId).toList());
    assertEquals(Map.of(group, 5L), otherNode().heads(List.of(group)));
  }

  @Test
  default void headsAreTheLastSeqsAndLeaveOutWhatDoesNotExist() {
    User ann = user();
    UUID empty = group(ann);
    UUID three = group(ann);
    UUID seven = group(ann);
    fill(ann, three, 3);
    fill(ann, seven, 7);
    assertEquals(
        Map.of(empty, 0L, three, 3L, seven, 7L),
        store().heads(List.of(seven, UUID.randomUUID(), empty, three)));
    assertEquals(Map.of(), store().heads(List.of()));
  }

  @Test
  default void othersMessagesAreCountedUpToACap() {
    User ann = user();
    User ben = user();
    User cid = user();
    UUID group = group(ann, ben, cid);
    fill(ann, group, 3); // 1 to 3
    fill(ben, group, 4); // 4 to 7
    fill(cid, group, 2); // 8 and 9
    fill(ann.otherDevice(), group, 1); // 10
    MessageStore store = store();
    assertEquals(6, store.countOthers(group, ann.userId(), 0, 10, 999));
    assertEquals(6, store.countOthers(group, ben.userId(), 0, 10, 999));
    assertEquals(2, store.countOthers(group, ben.userId(), 7, 9, 999));
    assertEquals(4, store.countOthers(group, ann.userId(), 3, 7, 999));
    assertEquals(5, store.countOthers(group, ann.userId(), 0, 10, 5));
    assertEquals(0, store.countOthers(group, ann.userId(), 10, 10, 5));
    assertEquals(0, store.countOthers(UUID.randomUUID(), ann.userId(), 0, 10, 5));
  }

  @Test
  default void manyConversationsAreCountedAtOnce() {
    User ann = user();
    User ben = user();
    UUID one = group(ann, ben);
    UUID other = group(ann, ben);
    UUID empty = group(ann, ben);
    fill(ann, one, 3); // 1 to 3
    fill(ben, one, 4); // 4 to 7
    fill(ben, other, 5);
    UUID unknown = UUID.randomUUID();
    List<Span> spans =
        List.of(
            new Span(one, 4, 7),
            new Span(other, 0, 9),
            new Span(empty, 0, 9),
            new Span(unknown, 0, 9));
    assertEquals(
        Map.of(one, 3, other, 4, empty, 0, unknown, 0),
        store().countOthers(ann.userId(), spans, 4));
    assertEquals(
        Map.of(one, 0, other, 0, empty, 0, unknown, 0),
        store().countOthers(ben.userId(), spans, 4));
    assertEquals(Map.of(), store().countOthers(ann.userId(), List.of(), 4));
  }
}
