package migrate.schema;

import com.datastax.oss.driver.api.core.DriverException;
import fixtures.engines.AtExit;
import fixtures.urls.EnvironmentError;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// The lock of a keyspace's schema: a lease that a thread of its own renews while it is held, and a
/// fence that tells a later owner from an earlier one. Methods are for one thread; `leaseEnd` is
/// written by the renewing thread too, and [#breakOff] is for the thread that ends the process.
final class CqlLock {
  /// After a run dies, others wait so long; a run that sleeps longer has lost it.
  static final Duration LEASE = Duration.ofSeconds(30);

  /// Three tries before the lease ends.
  private static final int RENEWALS_PER_LEASE = 3;

  /// How long the end of the process waits for what is under way: longer than a schema change or a
  /// page takes on a busy cluster, short enough for somebody who pressed Ctrl-C.
  private static final long LAST_TURN_SECONDS = 10;

  /// Between tries: CQL tells nobody when a lock gets free.
  private static final long RETRY_MILLIS = 200;

  private final CqlHistory history;
  private final Duration lease;

  /// Differs for any two locks, also of one process.
  private final String owner =
      Identity.ofThisProcess() + " " + UUID.randomUUID().toString().substring(0, 8);

  private long fence;
  private volatile long leaseEnd;
  private ScheduledExecutorService renewals;
  private final ReentrantLock turn = new ReentrantLock(true); // fair: the end's turn comes next
  private AtExit atExit;

  CqlLock(CqlHistory history, Duration lease) {
    this.history = history;
    this.lease = lease;
  }

  void take(Duration timeout, Progress progress) {
    var end = Instant.now().plus(timeout);
    String told = null;
    for (var held = attempt(); held != null; held = attempt()) {
      String holder = held.owner() + (held.since() == null ? "" : ", since " + held.since());
      if (!Instant.now().isBefore(end)) {
        throw new EnvironmentError(
            ("another run holds the schema's lock: %s; waited %d s for it: see what it does, or"
                    + " wait longer with --lock-timeout (%d s after it died the lock is free)")
                .formatted(holder, timeout.toSeconds(), lease.toSeconds()));
      }
      if (!holder.equals(told)) {
        progress.waiting(holder, timeout);
        told = holder;
      }
      Attempts.sleep(Duration.ofMillis(RETRY_MILLIS));
    }
    renewals =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("schema-lock").factory());
    long period = lease.toMillis() / RENEWALS_PER_LEASE;
    var since = Instant.now();
    renewals.scheduleAtFixedRate(() -> renew(since), period, period, TimeUnit.MILLISECONDS);
    atExit = AtExit.run(() -> breakOff(progress));
  }

  /// Does something that is not to be cut in two by a signal. While the process ends nothing more
  /// is begun: then this does not return.
  void inTurn(Runnable work) {
    turn.lock();
    try {
      work.run();
    } finally {
      turn.unlock();
    }
  }

  /// The process is ended by a signal: what is under way comes to its end, nothing more is begun,
  /// and the next run need not wait for the lease. From a thread that ends with the process, since
  /// the turn is never given back.
  void breakOff(Progress progress) {
    boolean quiet = false;
    try {
      quiet = turn.tryLock(LAST_TURN_SECONDS, TimeUnit.SECONDS) && history.release(owner);
    } catch (DriverException _) {
      // It is told below.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    if (!quiet) {
      progress.notice(
          "the schema's lock could not be given back: it ends by itself within %d s"
              .formatted(lease.toSeconds()));
    }
  }

  /// Null when it is taken, else who has it.
  private CqlHistory.Lock attempt() {
    long before = System.nanoTime();
    var seen = history.lock();
    try {
      if (seen.owner() == null && history.take(seen, owner, lease)) {
        fence = CqlHistory.next(seen);
        leaseEnd = before + lease.toNanos();
        return null;
      }
    } catch (DriverException _) {
      // Without an answer nobody knows whether it was taken: what is read next tells.
    }
    var now = history.lock();
    if (owner.equals(now.owner())) {
      fence = now.fence();
      leaseEnd = before + lease.toNanos();
      return null;
    }
    return now.owner() == null ? new CqlHistory.Lock("one that is just ending", null, null) : now;
  }

  private void renew(Instant since) {
    long before = System.nanoTime();
    try {
      if (history.renew(owner, since, fence, lease)) {
        leaseEnd = before + lease.toNanos();
      }
    } catch (DriverException _) {
      // The next try comes before the lease ends; after that [#check] refuses to go on.
    }
  }

  /// @throws EnvironmentError when the lease may have ended
  void check() {
    if (System.nanoTime() - leaseEnd >= 0) {
      throw lost();
    }
  }

  private EnvironmentError lost() {
    return new EnvironmentError(
        "this run lost the schema's lock, since it or the nodes did not answer for %d s: run it again"
            .formatted(lease.toSeconds()));
  }

  /// Writes or removes a line of the history as the lock's owner. A lost answer is asked for again:
  /// both may be done twice.
  void change(HistoryChange change) {
    inTurn(() -> changed(change));
  }

  private void changed(HistoryChange change) {
    for (int tries = 1; ; tries++) {
      try {
        if (!change.apply(owner, fence)) {
          throw lost();
        }
        return;
      } catch (DriverException e) {
        if (tries == CHANGE_TRIES) {
          throw e;
        }
        check();
      }
    }
  }

  private static final int CHANGE_TRIES = 3; // each waits for its own time limit

  interface HistoryChange {
    boolean apply(String owner, long fence);
  }

  void release() {
    if (renewals == null) {
      return;
    }
    renewals.shutdownNow();
    renewals = null;
    atExit.close();
    try {
      history.release(owner);
    } catch (DriverException _) {
      // It ends by itself with its lease.
    }
  }
}
