package ci.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ci.check.MadeHistory.Entry;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JudgeTest {
  private static final int MESSAGES = 12;
  private static final int SPOILED = 400; // histories of the random test

  private final MadeHistory made = new MadeHistory(MESSAGES);

  private static void passes(MadeHistory history) {
    assertEquals(List.of(), history.verdict().violations());
  }

  /// The first violation, which a verdict names, is of this promise and this message.
  private static Violation names(MadeHistory history, Promise promise, int message) {
    var verdict = history.verdict();
    assertTrue(verdict.count() > 0, "nothing was found");
    Violation first = verdict.violations().getFirst();
    assertEquals(promise, first.promise(), first.what());
    assertEquals(message, first.message(), first.what());
    return first;
  }

  @Test
  void whatWentWellPasses() {
    passes(made);
    var verdict = made.verdict();
    assertEquals(MESSAGES, verdict.acknowledged());
    assertEquals(0, verdict.unknown() + verdict.refused());
    assertEquals(3 * MESSAGES, verdict.deliveries());
  }

  @Test
  void anAcknowledgedMessageThatIsNotStoredBreaksDurability() {
    made.vanish(MESSAGES - 1); // the last one leaves no gap
    Violation found = names(made, Promise.DURABLE, MESSAGES - 1);
    String story = String.join("\n", found.history());
    assertTrue(story.contains("sent by device 3"), story);
    assertTrue(story.contains("answered: seq 12"), story);
    assertTrue(story.contains("not in the store"), story);
    assertTrue(story.contains("device 0 never received it"), story);
  }

  @Test
  void anAcknowledgedMessageWithOtherContentInTheStoreBreaksDurability() {
    made.stored.set(4, new Entry(5, Content.FOREIGN, 0));
    assertEquals(Promise.DURABLE, made.verdict().violations().getFirst().promise());
  }

  @Test
  void aDeliveredMessageThatIsNotStoredBreaksDurability() {
    made.unanswered(MESSAGES - 1);
    made.stored.removeLast();
    names(made, Promise.DURABLE, MESSAGES - 1);
  }

  @Test
  void whatTheDatabaseCountsMustBeWhatTheHistoryShows() {
    made.counted = MESSAGES;
    passes(made);
    made.counted = MESSAGES + 1;
    names(made, Promise.DURABLE, -1);
  }

  @Test
  void aRetryWithAnotherSeqBreaksIdempotency() {
    made.attempt(3, 500);
    made.sent(3, 4, 501);
    passes(made);
    made.attempt(3, 502);
    made.sent(3, 13, 503);
    names(made, Promise.IDEMPOTENT, 3);
  }

  @Test
  void aRetryWithAnotherTimeBreaksIdempotency() {
    made.attempt(3, 500);
    made.events.add(new MadeHistory.Told(History.Event.SENT, 501, 3, 4, 77));
    names(made, Promise.IDEMPOTENT, 3);
  }

  @Test
  void aTimeThatTheStoreDoesNotHaveBreaksIdempotency() {
    made.stored.set(3, new Entry(4, 3, 77));
    names(made, Promise.IDEMPOTENT, 3);
  }

  @Test
  void aRefusedRetryOfWhatIsStoredBreaksIdempotency() {
    made.attempt(3, 500);
    made.refused(3, "OVERLOADED", 501); // asks to come back later
    passes(made);
    made.attempt(3, 502);
    made.refused(3, "FORBIDDEN", 503);
    names(made, Promise.IDEMPOTENT, 3);
  }

  @Test
  void aMessageThatIsStoredTwiceBreaksIdempotency() {
    made.stored.add(new Entry(MESSAGES + 1, 3, MadeHistory.entry(3).sentAt()));
    names(made, Promise.IDEMPOTENT, 3);
  }

  @Test
  void anUnknownMessageMayBeStoredOrNotButNotTwice() {
    made.unanswered(MESSAGES - 1);
    made.unknown(MESSAGES - 1, 500);
    passes(made);
    assertEquals(1, made.verdict().unknownStored());
    made.vanish(MESSAGES - 1);
    passes(made);
    assertEquals(1, made.verdict().unknown());
    made.stored.add(MadeHistory.entry(MESSAGES - 1));
    made.stored.add(new Entry(MESSAGES + 1, MESSAGES - 1, 0));
    names(made, Promise.IDEMPOTENT, MESSAGES - 1);
  }

  @Test
  void aGapInTheStoreBreaksTheOrder() {
    made.unanswered(5);
    made.vanish(5);
    assertEquals(Promise.ONE_ORDER, made.verdict().violations().getFirst().promise());
  }

  @Test
  void anotherSeqThanWasAnsweredBreaksTheOrder() {
    Entry six = new Entry(6, 6, MadeHistory.entry(6).sentAt());
    Entry seven = new Entry(7, 5, MadeHistory.entry(5).sentAt());
    made.stored.set(5, six);
    made.stored.set(6, seven);
    assertEquals(Promise.ONE_ORDER, made.verdict().violations().getFirst().promise());
  }

  @Test
  void aSeqWithTwoContentsBreaksTheOrder() {
    made.received.get(0).set(2, new Entry(4, 9, 0)); // where the store has message 3
    names(made, Promise.ONE_ORDER, 9);
  }

  @Test
  void aDeviceThatGetsSeqsOutOfOrderBreaksTheOrder() {
    Collections.swap(made.received.get(0), 3, 4);
    assertEquals(Promise.ONE_ORDER, made.verdict().violations().getFirst().promise());
  }

  @Test
  void aGapInAStreamThatIsFilledLaterBreaksTheOrder() {
    Entry early = made.received.get(0).remove(3);
    made.received.get(0).add(early);
    assertEquals(Promise.ONE_ORDER, made.verdict().violations().getFirst().promise());
  }

  @Test
  void repeatsAndOwnMessagesInAStreamAreNoFault() {
    List<Entry> stream = made.received.get(0);
    stream.addAll(6, stream.subList(2, 6).stream().toList()); // a resume from further back
    stream.add(2, MadeHistory.entry(0)); // its own: backlog has them, live frames don't
    passes(made);
  }

  @Test
  void sendsOfOneSocketOutOfOrderBreakTheOrder() {
    // Messages 0 and 4 are of the same socket; the store has them the other way round.
    var turned = new MadeHistory(8);
    turned.events.removeIf(told -> told.message() == 0 || told.message() == 4);
    turned.attempt(4, 600);
    turned.sent(4, 5, 601);
    turned.attempt(0, 602);
    turned.sent(0, 1, 603);
    names(turned, Promise.ONE_ORDER, 0);
  }

  @Test
  void aSendThatWasTriedAgainMayStandLater() {
    var turned = new MadeHistory(8);
    turned.events.removeIf(told -> told.message() == 0 || told.message() == 4);
    turned.attempt(4, 600);
    turned.unknown(4, 601);
    turned.attempt(0, 602);
    turned.sent(0, 1, 603);
    turned.attempt(4, 604);
    turned.sent(4, 5, 605);
    passes(turned);
  }

  @Test
  void aDeviceThatNeverGetsAMessageBreaksDelivery() {
    made.received.get(1).removeLast(); // the last one leaves no gap
    names(made, Promise.DELIVERED, MESSAGES - 1);
    made.received.set(2, List.of());
    names(made, Promise.DELIVERED, 0);
  }

  @Test
  void anUnknownMessageThatIsStoredMustBeDeliveredToo() {
    made.unanswered(MESSAGES - 1);
    made.received.get(1).removeLast();
    names(made, Promise.DELIVERED, MESSAGES - 1);
  }

  @Test
  void aSendAcceptedAfterItsSendersRemovalWasAnsweredBreaksDelivery() {
    made.removal = new History.Removal(40, 1_000, MESSAGES);
    passes(made); // all were sent before the answer
    made.removal = new History.Removal(40, 65, MESSAGES);
    names(made, Promise.DELIVERED, 7); // messages 2, 3, 6, 7, 10, 11 are user 1's
  }

  @Test
  void whatComesAfterItsUserLeftBreaksDelivery() {
    var left = new MadeHistory(MESSAGES);
    for (int m = 8; m < MESSAGES; m++) {
      if (m % MadeHistory.DEVICES >= 2) {
        left.unanswered(m);
        left.refused(m, "FORBIDDEN", 500);
        left.vanish(m);
      }
    }
    left.vanish(9);
    left.unanswered(9);
    left.removal = new History.Removal(60, 78, 8);
    names(left, Promise.DELIVERED, 8); // device 2 has message 8, at seq 9
    left.received.get(2).removeLast();
    left.received.get(3).removeLast();
    passes(left);
  }

  @Test
  void aLossThatALiveSocketIsNotToldOfIsNamed() {
    made.live[0] = made.received.get(0).size();
    passes(made);
    made.live[0]--; // the last one came only after the client had resumed
    names(made, Promise.NOTICED, MESSAGES - 1);
    made.live[0] = -1; // it had no socket that could have been told
    passes(made);
  }

  @Test
  void aRefusedMessageThatIsStoredIsNamed() {
    made.unanswered(5);
    made.refused(5, "OVERLOADED", 500);
    names(made, Promise.REFUSED, 5);
    made.attempt(5, 501);
    made.unknown(5, 502); // a later try, of which nobody knows
    passes(made);
  }

  @Test
  void aMemberThatIsRefusedAsNoMemberIsNamed() {
    made.unanswered(MESSAGES - 1);
    made.vanish(MESSAGES - 1);
    made.refused(MESSAGES - 1, "FORBIDDEN", 500);
    names(made, Promise.REFUSED, MESSAGES - 1);
    made.removal = new History.Removal(100, 105, MESSAGES - 1);
    passes(made);
    made.removal = new History.Removal(501, 502, MESSAGES - 1);
    names(made, Promise.REFUSED, MESSAGES - 1);
  }

  @Test
  void whateverSingleEntryOfTheStoreOrAStreamIsLostOrMovedIsFound() {
    var random = new Random(7);
    for (int i = 0; i < SPOILED; i++) {
      var spoiled = new MadeHistory(MESSAGES);
      List<Entry> list =
          random.nextInt(3) == 0
              ? spoiled.stored
              : spoiled.received.get(random.nextInt(MadeHistory.DEVICES));
      int at = random.nextInt(list.size());
      Entry entry = list.remove(at);
      if (random.nextBoolean()) {
        int to = random.nextInt(list.size() + 1);
        list.add(to == at ? (to + 1) % (list.size() + 1) : to, entry);
      }
      assertTrue(spoiled.verdict().count() > 0, "entry " + entry + " at " + at);
    }
  }
}
