package server.realtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class FrameAllowanceTest {
  private long nanos = Long.MAX_VALUE - 5; // a clock that wraps around, as nanoTime may
  private final FrameAllowance allowance = new FrameAllowance(10, 30, () -> nanos);

  @Test
  void aBurstIsAllowedAndThenNothing() {
    assertEquals(30, taken(100));
    assertFalse(allowance.take());
  }

  @Test
  void framesComeBackWithTime() {
    taken(100);
    nanos += TimeUnit.MILLISECONDS.toNanos(99);
    assertFalse(allowance.take());
    nanos += TimeUnit.MILLISECONDS.toNanos(2);
    assertTrue(allowance.take());
    assertFalse(allowance.take());
    nanos += TimeUnit.SECONDS.toNanos(1);
    assertEquals(10, taken(100));
  }

  @Test
  void noQuietTimeAllowsMoreThanABurst() {
    nanos += TimeUnit.DAYS.toNanos(1);
    assertEquals(30, taken(100));
  }

  @Test
  void aClientAtTheRateIsNeverRefused() {
    for (int i = 0; i < 10_000; i++) {
      nanos += TimeUnit.MILLISECONDS.toNanos(100);
      assertTrue(allowance.take());
    }
  }

  private int taken(int tries) {
    int taken = 0;
    for (int i = 0; i < tries; i++) {
      taken += allowance.take() ? 1 : 0;
    }
    return taken;
  }
}
