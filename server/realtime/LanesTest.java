package server.realtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class LanesTest {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Lanes lanes = new Lanes(threads);

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void theTasksOfOneKeyRunInTheirOrderAlsoBehindOneThatFails() throws Exception {
    List<Integer> ran = Collections.synchronizedList(new ArrayList<>());
    var done = new CountDownLatch(1);
    for (int i = 0; i < 1_000; i++) {
      int number = i;
      lanes.offer(
          "key",
          () -> {
            ran.add(number);
            if (number % 100 == 0) {
              throw new IllegalStateException("one that fails");
            }
          });
    }
    lanes.offer("key", done::countDown);
    assertTrue(done.await(10, TimeUnit.SECONDS));
    assertEquals(1_000, ran.size());
    for (int i = 0; i < 1_000; i++) {
      assertEquals(i, ran.get(i));
    }
  }

  @Test
  void oneThatWaitsKeepsNoOtherLane() throws Exception {
    var release = new CountDownLatch(1);
    var other = new CountDownLatch(1);
    lanes.offer(0, () -> awaitQuietly(release));
    lanes.offer(1, other::countDown);
    assertTrue(other.await(10, TimeUnit.SECONDS));
    release.countDown();
  }

  @Test
  void aFullLaneRefusesAndTakesAgainWhenItHasRoom() throws Exception {
    var release = new CountDownLatch(1);
    lanes.offer(0, () -> awaitQuietly(release));
    int taken = 0;
    while (taken < 1_000_000 && lanes.offer(0, () -> {})) {
      taken++;
    }
    assertTrue(taken < 20_000, "a lane without a bound");
    release.countDown();
    var done = new CountDownLatch(1);
    server.testing.Await.until(
        "the lane has room",
        java.time.Duration.ofSeconds(10),
        () -> lanes.offer(0, done::countDown));
    assertTrue(done.await(10, TimeUnit.SECONDS));
  }

  @Test
  void nothingIsTakenWhenTheNodeGoes() {
    threads.shutdown();
    assertFalse(lanes.offer(0, () -> {}));
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
