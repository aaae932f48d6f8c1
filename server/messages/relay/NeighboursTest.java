package server.messages.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class NeighboursTest {
  private static final int SHARES = 16;

  private final UUID self = new UUID(1, 1);
  private final UUID other = new UUID(2, 2);
  private long nanos;
  private final Neighbours neighbours = new Neighbours(self, () -> nanos);

  private long sharesOf(UUID node, Neighbours seen) {
    return IntStream.range(0, SHARES).filter(share -> seen.writer(share).equals(node)).count();
  }

  @Test
  void aloneANodeWritesEverything() {
    neighbours.heard(self);
    assertEquals(SHARES, sharesOf(self, neighbours));
  }

  @Test
  void twoNodesThatHearEachOtherDivideTheSharesAlike() {
    var there = new Neighbours(other, () -> nanos);
    for (var each : new Neighbours[] {neighbours, there}) {
      each.heard(self);
      each.heard(other);
    }
    IntStream.range(0, SHARES)
        .forEach(share -> assertEquals(neighbours.writer(share), there.writer(share)));
    assertTrue(sharesOf(self, neighbours) > 0);
    assertTrue(sharesOf(other, neighbours) > 0);
  }

  @Test
  void aNodeThatComesTakesSharesAndMovesNoOthers() {
    neighbours.heard(self);
    neighbours.heard(other);
    UUID[] before = IntStream.range(0, SHARES).mapToObj(neighbours::writer).toArray(UUID[]::new);
    UUID third = new UUID(3, 3);
    neighbours.heard(third);
    assertTrue(sharesOf(third, neighbours) > 0);
    for (int share = 0; share < SHARES; share++) {
      UUID now = neighbours.writer(share);
      assertTrue(now.equals(before[share]) || now.equals(third), "share " + share);
    }
  }

  @Test
  void aNodeThatFallsSilentWritesNothing() {
    neighbours.heard(self);
    neighbours.heard(other);
    nanos += Neighbours.SILENCE_NANOS;
    neighbours.heard(self);
    nanos++;
    assertFalse(neighbours.hears(other));
    assertEquals(SHARES, sharesOf(self, neighbours));
  }

  @Test
  void aNodeThatDoesNotHearItselfAsksNobody() {
    neighbours.heard(other);
    assertFalse(neighbours.hears(other));
    assertEquals(SHARES, sharesOf(self, neighbours));
  }

  @Test
  void aNodeThatLeftOrDidNotAnswerIsNotAskedForAWhile() {
    neighbours.heard(self);
    neighbours.heard(other);
    neighbours.avoid(other);
    assertEquals(SHARES, sharesOf(self, neighbours));
    nanos += Neighbours.AVOIDED_NANOS + 1;
    neighbours.heard(self);
    neighbours.heard(other);
    assertTrue(sharesOf(other, neighbours) > 0);
    neighbours.left(other);
    assertEquals(SHARES, sharesOf(self, neighbours));
  }
}
