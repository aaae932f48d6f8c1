package bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.UserError;
import org.junit.jupiter.api.Test;

/// Rates, bounds and who talks how often.
final class PaceTest {
  @Test
  void aRampGrowsEvenlyAndStaysWithinItsEnds() {
    var ramp = new Pace(100, 300, false, 0, 0);
    assertEquals(100, ramp.after(-1));
    assertEquals(200, ramp.after(0.5));
    assertEquals(300, ramp.after(7));
    assertEquals(50, Pace.at(50, true).after(0.3));
  }

  @Test
  void aBoundIsWrittenAsPercentileAndMilliseconds() {
    assertEquals(new Slo(99, 50), Slo.parse("p99=50ms"));
    assertEquals(new Slo(99.9, 2.5), Slo.parse("p99.9=2.5ms"));
    assertEquals("p99.9=2.5ms", Slo.parse("p99.9=2.5ms").toString());
    assertThrows(UserError.class, () -> Slo.parse("99%<50"));
  }

  @Test
  void theFirstConversationTalksTwiceAsOftenAsTheSecond() {
    var zipf = new Zipf(10, 1, 1);
    int[] drawn = new int[10];
    int draws = 100_000;
    for (int i = 0; i < draws; i++) {
      drawn[zipf.next()]++;
    }
    assertEquals(2, drawn[0] / (double) drawn[1], 0.1);
    assertEquals(10, drawn[0] / (double) drawn[9], 1);
    assertTrue(drawn[9] > 0);
  }
}
