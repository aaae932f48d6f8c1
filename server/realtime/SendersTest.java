package server.realtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class SendersTest {
  private final Senders senders = new Senders();

  @Test
  void anEmptyOneKnowsNobody() {
    assertNull(senders.among(0, 1));
  }

  @Property
  void itKnowsTheNewestAndSaysWhenItDoesNotReach(
      @ForAll @IntRange(min = 1, max = 2_000) int begin,
      @ForAll @IntRange(min = 1, max = 1_300) int count,
      @ForAll @IntRange(max = 1_300) int back,
      @ForAll @IntRange(max = 300) int many) {
    var senders = new Senders();
    int last = begin + count - 1;
    for (int seq = begin; seq <= last; seq++) {
      senders.add(seq, user(seq));
    }
    int to = Math.max(last - back, begin);
    int after = Math.max(to - many, 0);
    Set<UUID> found = senders.among(after, to);
    int oldest = Math.max(begin, last - Senders.MAX + 1);
    if (after + 1 < oldest) {
      assertNull(found);
    } else {
      Set<UUID> expected = new HashSet<>();
      for (int seq = after + 1; seq <= to; seq++) {
        expected.add(user(seq));
      }
      assertEquals(expected, found);
    }
  }

  @Test
  void itNeverAnswersForWhatItHasNotSeen() {
    senders.add(7, user(7));
    assertNull(senders.among(6, 8));
    senders.add(9, user(9)); // 8 was never here
    assertNull(senders.among(6, 9));
    assertEquals(Set.of(user(9)), senders.among(8, 9));
  }

  @Test
  void oneThatIsQuietForTwoTurnsForgetsAndLearnsAgain() {
    senders.add(1, user(1));
    senders.age();
    assertEquals(Set.of(user(1)), senders.among(0, 1));
    senders.age();
    assertNull(senders.among(0, 1));
    senders.add(2, user(2));
    assertEquals(Set.of(user(2)), senders.among(1, 2));
  }

  private static UUID user(int seq) {
    return new UUID(0, seq % 7);
  }
}
