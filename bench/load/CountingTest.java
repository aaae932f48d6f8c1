package bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/// What a run's counts rest on: ids that carry everything, what is under way, and what arrived.
final class CountingTest {
  @Test
  void anIdGivesBackWhatWasPutIntoIt() {
    var random = ThreadLocalRandom.current();
    for (int i = 0; i < 1000; i++) {
      int sender = random.nextInt(1 << 23);
      long number = random.nextLong(1L << 40);
      long due = random.nextLong();
      long high = MessageIds.high(sender, number);
      assertEquals(sender, MessageIds.sender(high));
      assertEquals(number, MessageIds.number(high));
      assertEquals(due, MessageIds.dueNanos(MessageIds.low(due)));
    }
  }

  @Test
  void aMessageIsSettledByItsAnswerAndItsLastReceiverInAnyOrder() {
    var under = new UnderWay();
    under.add(2, 10, 8);
    under.add(2, 11, 9);
    assertFalse(under.answered(0));
    assertFalse(under.received(0));
    assertTrue(under.received(0));
    assertFalse(under.received(1));
    assertFalse(under.received(1));
    assertEquals(11, under.writtenNanos(1));
    assertEquals(1, under.unanswered());
    assertEquals(0, under.lost());
    assertTrue(under.answered(1));
    assertEquals(0, under.size());
  }

  @Test
  void aSecondAnswerSettlesNothing() {
    var under = new UnderWay();
    under.add(1, 0, 0);
    assertFalse(under.answered(0));
    assertFalse(under.answered(0));
    assertEquals(1, under.lost());
    assertTrue(under.received(0));
  }

  @Test
  void aNewSocketSendsAgainWhatHasNoAnswerInOrder() {
    var under = new UnderWay();
    for (int i = 0; i < 100; i++) { // more than the first ring holds
      under.add(1, 0, 1_000 + i);
    }
    under.answered(1);
    under.refused(2);
    var again = new StringBuilder();
    under.unanswered((number, due) -> {
      if (number < 5) {
        again.append(number).append('@').append(due).append(' ');
      }
    });
    assertEquals("0@1000 3@1003 4@1004 ", again.toString());
  }

  @Test
  void whatWasAnsweredAndDidNotArriveIsLostOnceForEachReceiver() {
    var under = new UnderWay();
    for (int i = 0; i < 1000; i++) { // more than the first ring holds
      under.add(9, i, i);
      under.answered(i);
      assertEquals(i, under.writtenNanos(i));
    }
    assertEquals(9000, under.lost());
    for (int i = 0; i < 9; i++) {
      under.received(500);
    }
    assertEquals(8991, under.lost());
    assertEquals(1000, under.size());
  }

  @Test
  void aRefusedMessageIsNeitherLostNorUnanswered() {
    var under = new UnderWay();
    under.add(1, 0, 0);
    under.refused(0);
    assertEquals(0, under.size());
    assertEquals(0, under.lost() + under.unanswered());
    assertFalse(under.answered(0));
  }

  @Test
  void repeatsAndWrongOrderAreToldApart() {
    var arrived = new Arrived(2);
    assertTrue(arrived.add(0, 0, 1));
    assertTrue(arrived.add(1, 0, 2));
    assertFalse(arrived.add(1, 0, 2));
    assertEquals(1, arrived.duplicated());
    assertTrue(arrived.add(0, 2, 4)); // the one between was refused, or comes late:
    assertEquals(0, arrived.reordered());
    assertTrue(arrived.add(0, 1, 3));
    assertEquals(1, arrived.reordered());
    assertFalse(arrived.add(0, 1, 3));
    assertEquals(2, arrived.duplicated());
    assertTrue(arrived.add(1, 1, 1)); // a new one with a seq that was passed
    assertEquals(2, arrived.reordered());
    assertEquals(5, arrived.count());
    assertEquals(4, arrived.lastSeq());
  }
}
