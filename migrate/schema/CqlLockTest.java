package migrate.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.CqlUrl;
import fixtures.urls.EnvironmentError;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CqlLockTest {
  private static final Duration SHORT_LEASE = Duration.ofSeconds(3);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private CqlUrl url;

  @BeforeEach
  void makeKeyspace() {
    url = TestCassandra.newKeyspace();
    Schema.cql(steps(1)).up(url);
  }

  @AfterEach
  void dropKeyspace() {
    TestCassandra.session().execute("DROP KEYSPACE IF EXISTS " + url.keyspace());
  }

  private static Steps steps(int count) {
    var files = new TreeMap<String, String>();
    for (int i = 1; i <= count; i++) {
      files.put(
          "%04d_s.cql".formatted(i),
          "-- S.\n-- up\nCREATE TABLE IF NOT EXISTS t%d (a int PRIMARY KEY);\n".formatted(i));
    }
    return Steps.of(Dialect.CQL, files);
  }

  private CqlHistory history() {
    return new CqlHistory(TestCassandra.session(), url.keyspace());
  }

  private CqlLock lock() {
    return new CqlLock(history(), SHORT_LEASE);
  }

  @Test
  void a_waiting_run_gives_up_in_time() {
    var holder = lock();
    holder.take(Duration.ZERO, Progress.SILENT);
    var waiting = Schema.cql(steps(2)).lockTimeout(Duration.ofMillis(500));
    var error = assertThrows(EnvironmentError.class, () -> waiting.up(url));
    assertTrue(error.getMessage().contains(Identity.ofThisProcess()), error.getMessage());
    holder.release();
    assertEquals(1, waiting.up(url).size());
  }

  @Test
  void a_lease_is_renewed_while_its_owner_lives() throws Exception {
    var holder = lock();
    holder.take(Duration.ZERO, Progress.SILENT);
    var other = lock();
    assertThrows(
        EnvironmentError.class, () -> other.take(SHORT_LEASE.multipliedBy(2), Progress.SILENT));
    holder.check();
    holder.release();
    other.take(Duration.ZERO, Progress.SILENT);
    other.release();
  }

  @Test
  void an_owner_that_slept_beyond_its_lease_writes_no_history() {
    var history = history();
    var free = history.lock();
    assertTrue(history.take(free, "sleeper", Duration.ofSeconds(1)));
    long fence = CqlHistory.next(free);
    var other = lock();
    other.take(PATIENCE, Progress.SILENT); // once the lease of the sleeper has ended
    var line = history.lines().getFirst();
    assertFalse(history.write(line, "sleeper", fence));
    assertFalse(history.delete(1, "sleeper", fence));
    assertFalse(history.renew("sleeper", line.at(), fence, SHORT_LEASE));
    assertEquals(1, history.lines().size());
    other.release();
  }

  @Test
  void a_run_that_is_ended_by_a_signal_keeps_nobody_waiting_for_its_lease() throws Exception {
    assertEquals(EndedRun.ENDED, TestCassandra.process(EndedRun.class, url));
    var lock = history().lock();
    assertEquals(2, lock.fence(), "it held the lock");
    assertNull(lock.owner());
  }

  /// Ends as by Ctrl-C, which runs the same hooks, while it holds the lock.
  static final class EndedRun {
    static final int ENDED = 78;

    public static void main(String[] arguments) {
      try (var session = CqlSessions.open(CqlUrl.parse(arguments[0]))) {
        String keyspace = CqlUrl.parse(arguments[0]).keyspace();
        var target = new CqlTarget(session, keyspace, CqlLock.LEASE);
        target.history();
        target.lock(PATIENCE, Progress.SILENT);
        System.exit(ENDED);
      }
    }
  }

  @Test
  void a_run_that_ends_gives_its_lock_back_behind_what_is_under_way_and_begins_nothing_more()
      throws Exception {
    var history = history();
    var holder = lock();
    holder.take(Duration.ZERO, Progress.SILENT);
    var begun = new CountDownLatch(1);
    var end = new CountDownLatch(1);
    var done = new CopyOnWriteArrayList<String>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          holder.inTurn(() -> {
            begun.countDown();
            await(end);
            done.add(history.lock().owner() == null ? "without the lock" : "with it");
          });
          holder.inTurn(() -> done.add("more"));
        });
    await(begun);
    var ending = Thread.ofPlatform().daemon().start(() -> holder.breakOff(Progress.SILENT));
    long limit = System.nanoTime() + PATIENCE.toNanos();
    while (ending.getState() != Thread.State.TIMED_WAITING) { // for its turn
      assertTrue(System.nanoTime() < limit, "it does not wait");
      Thread.onSpinWait();
    }
    end.countDown();
    assertTrue(ending.join(PATIENCE));
    assertNull(history.lock().owner());
    assertEquals(List.of("with it"), done);
    holder.release();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
