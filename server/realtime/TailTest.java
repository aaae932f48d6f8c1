package server.realtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import server.messages.Message;

final class TailTest {
  private static final UUID ID = new UUID(1, 2);

  private final Tail tail = new Tail();

  @Test
  void anEmptyOneReachesNowhere() {
    assertFalse(tail.reachesBackTo(1));
    assertEquals(List.of(), tail.read(0, 10, 10));
  }

  @Test
  void itGivesWhatLiesBetweenInOrderAndNoMoreThanAsked() {
    add(1, 20, 10);
    assertEquals(List.of(6L, 7L, 8L), seqs(5, 8, 10));
    assertEquals(List.of(6L, 7L), seqs(5, 8, 2));
    assertEquals(List.of(), seqs(20, 30, 10));
  }

  @Test
  void itKeepsTheNewestMessagesAndKnowsHowFarItReaches() {
    add(1, 100, 10);
    assertTrue(tail.reachesBackTo(37));
    assertFalse(tail.reachesBackTo(36));
    assertEquals(LongStream.rangeClosed(37, 100).boxed().toList(), seqs(0, 200, 1_000));
  }

  @Test
  void largeContentsPushOthersOutAndTheLastOneAlwaysStays() {
    add(1, 10, 64 * 1024);
    assertTrue(tail.reachesBackTo(10));
    assertFalse(tail.reachesBackTo(9));
    add(11, 12, 10);
    assertEquals(List.of(11L, 12L), seqs(0, 20, 10));
  }

  @Test
  void whatHasSeenTwoTurnsIsForgotten() {
    add(1, 5, 10);
    tail.age();
    add(6, 8, 10);
    assertEquals(8, seqs(0, 10, 100).size());
    tail.age();
    assertEquals(List.of(6L, 7L, 8L), seqs(0, 10, 100));
    assertFalse(tail.reachesBackTo(5));
    tail.age();
    assertFalse(tail.reachesBackTo(8));
    add(9, 9, 10);
    assertTrue(tail.reachesBackTo(9));
  }

  @Test
  void whatWasPushedOutIsNotForgottenAgain() {
    add(1, 64, 10);
    tail.age();
    add(65, 128, 10); // the first 64 are gone already
    tail.age();
    assertEquals(64, seqs(0, 200, 1_000).size());
  }

  private List<Long> seqs(long after, long to, int limit) {
    return tail.read(after, to, limit).stream().map(entry -> entry.message().seq()).toList();
  }

  private void add(long first, long last, int bytes) {
    for (long seq = first; seq <= last; seq++) {
      tail.add(
          new Tail.Entry(
              new Message(ID, seq, ID, ID, ID, Instant.EPOCH, 0, null, new byte[bytes])));
    }
  }
}
