package server.realtime;

import static java.util.stream.Collectors.toMap;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GatheringTest {
  private static final int MAX_KEYS = 500;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Queue<Set<Integer>> queries = new ConcurrentLinkedQueue<>();
  private final AtomicInteger number = new AtomicInteger();
  private final Semaphore begun = new Semaphore(0);
  private final Semaphore passing = new Semaphore(0);
  private final Gathering<Integer, Integer> gathering =
      new Gathering<>(threads, MAX_KEYS, this::query);

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  /// Answers every key with the query's number.
  private Map<Integer, Integer> query(Set<Integer> keys) {
    queries.add(Set.copyOf(keys));
    int mine = number.incrementAndGet();
    begun.release();
    passing.acquireUninterruptibly();
    if (keys.contains(-1)) {
      throw new IllegalStateException("away, for a test");
    }
    return keys.stream().filter(key -> key < 1_000_000).collect(toMap(key -> key, _ -> mine));
  }

  private Future<Integer> ask(int key) {
    return threads.submit(() -> gathering.one(key));
  }

  /// Asks, and waits until they have asked.
  private List<Future<Integer>> ask(int from, int to) throws Exception {
    var asking = new CountDownLatch(to - from);
    List<Future<Integer>> answers = new ArrayList<>();
    for (int key = from; key < to; key++) {
      int mine = key;
      answers.add(
          threads.submit(() -> {
            asking.countDown();
            return gathering.one(mine);
          }));
    }
    asking.await();
    Thread.sleep(100); // from the latch to the queue; who comes later is in a later query
    return answers;
  }

  @Test
  void whoeverAsksAloneIsAnsweredAloneAndAtOnce() throws Exception {
    passing.release(100);
    for (int i = 1; i <= 5; i++) {
      assertEquals(i, ask(i).get());
    }
    assertEquals(
        List.of(Set.of(1), Set.of(2), Set.of(3), Set.of(4), Set.of(5)), List.copyOf(queries));
    assertEquals(null, ask(1_000_000).get()); // there is nothing for it
  }

  @Test
  void thoseWhoAskWhileAQueryRunsAreAnsweredByTheNextOneAndByNoOlderOne() throws Exception {
    Future<Integer> first = ask(7);
    begun.acquire();
    List<Future<Integer>> others = ask(0, 20); // 7 among them, which is being asked for already
    passing.release(100);
    assertEquals(1, first.get());
    for (Future<Integer> other : others) {
      assertEquals(2, other.get());
    }
    assertEquals(2, queries.size());
  }

  @Test
  void noQueryIsForMoreThanItsBound() throws Exception {
    ask(0);
    begun.acquire();
    List<Future<Integer>> others = ask(0, 3 * MAX_KEYS);
    passing.release(100);
    for (Future<Integer> other : others) {
      assertTrue(other.get() > 1);
    }
    assertTrue(queries.stream().allMatch(keys -> keys.size() <= MAX_KEYS));
  }

  @Test
  void aQueryThatFailsFailsThoseItWasForAndNobodyElse() throws Exception {
    passing.release(100);
    var e = assertThrows(Exception.class, () -> ask(-1).get());
    assertEquals("away, for a test", e.getCause().getMessage());
    assertEquals(2, ask(3).get());
  }

  @Test
  void aStormOfAskersThatTakesItsTimeComesDownToFewQueries() throws Exception {
    passing.release(100_000);
    List<Future<Integer>> answers = new ArrayList<>();
    for (int key = 0; key < 3_000; key++) {
      answers.add(ask(key));
      if (key % 10 == 0) {
        Thread.sleep(5); // some 2,000 a second
      }
    }
    for (Future<Integer> answer : answers) {
      answer.get();
    }
    assertTrue(queries.size() < 100, queries.size() + " queries");
  }
}
