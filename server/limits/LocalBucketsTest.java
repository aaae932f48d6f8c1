package server.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LocalBucketsTest {
  private static final long SECOND = 1_000_000_000L;

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - SECOND); // it overflows on the way
  private final LocalBuckets buckets = new LocalBuckets(now::get);

  private static LocalBuckets.Key key(Object subject) {
    return new LocalBuckets.Key(Limit.USER_LOOKUP, subject, false);
  }

  @Test
  void aBurstIsServedAndTheNextTokenComesWhenItWasSaid() {
    int burst = Limit.USER_LOOKUP.rate(false).burst();
    for (int i = 0; i < burst; i++) {
      assertEquals(0, buckets.take(key("a"), 1));
    }
    long wait = buckets.take(key("a"), 1);
    assertEquals(Limit.USER_LOOKUP.rate(false).intervalNanos(), wait);
    assertEquals(0, buckets.take(key("b"), 1), "another subject has its own bucket");
    now.addAndGet(wait - 1);
    assertEquals(1, buckets.take(key("a"), 1));
    now.addAndGet(1);
    assertEquals(0, buckets.take(key("a"), 1));
  }

  @Test
  void whatIsGivenBackCanBeTakenAgainButNothingBeyondAFullBucket() {
    int burst = Limit.USER_LOOKUP.rate(false).burst();
    for (int i = 0; i < 3; i++) {
      assertEquals(0, buckets.take(key("a"), -1));
    }
    for (int i = 0; i < burst; i++) {
      assertEquals(0, buckets.take(key("a"), 1));
    }
    assertTrue(buckets.take(key("a"), 1) > 0);
    buckets.take(key("a"), -1);
    assertEquals(0, buckets.take(key("a"), 1));
  }

  @Test
  void neverMoreThanTheBurstAndTheRateAreServedWhateverTheRhythm() {
    Limit.Rate rate = Limit.USER_LOOKUP.rate(false);
    for (int seed = 0; seed < 200; seed++) {
      var random = new Random(seed);
      long begun = now.get();
      long served = 0;
      for (int i = 0; i < 500; i++) {
        now.addAndGet((long) (random.nextDouble() * random.nextInt(4) * rate.intervalNanos()));
        served += buckets.take(key(seed), 1) == 0 ? 1 : 0;
        long allowed = rate.burst() + (now.get() - begun) / rate.intervalNanos();
        assertTrue(served <= allowed, "seed " + seed + ": " + served + " of " + allowed);
      }
    }
  }

  @Test
  void memoryIsBoundedAndFullBucketsAreTheOnesForgotten() {
    buckets.take(key("kept"), 1);
    for (int i = 0; i < LocalBuckets.MAX_BUCKETS + 10; i++) {
      if (i == LocalBuckets.MAX_BUCKETS / 2) {
        now.addAndGet(SECOND); // those before are full again, "kept" is not
        for (int used = 1; used < Limit.USER_LOOKUP.rate(false).burst(); used++) {
          buckets.take(key("kept"), 1);
        }
      }
      buckets.take(new LocalBuckets.Key(Limit.SEND, i, false), 1);
    }
    assertTrue(buckets.size() <= LocalBuckets.MAX_BUCKETS + 1, buckets.size() + " are kept");
    assertTrue(buckets.take(key("kept"), 1) > 0, "an empty bucket was forgotten");
    for (int i = 0;
        i < 3 * LocalBuckets.MAX_BUCKETS;
        i++) { // none of them fills up: no time passes
      buckets.take(new LocalBuckets.Key(Limit.SEND, "x" + i, false), 1);
    }
    assertTrue(buckets.size() <= 2 * LocalBuckets.MAX_BUCKETS + 1, buckets.size() + " are kept");
  }
}
