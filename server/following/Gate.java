package server.following;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Lets work with a database begin, or keeps it waiting: while it is closed nothing fails, for a
/// while. Thread-safe. Open, it costs two atomic additions.
public final class Gate {
  /// Longer than any cut-over waits; whoever waits longer is told that the database is away.
  static final Duration PATIENCE = Duration.ofSeconds(8);

  /// Whoever was let in counts here until it holds a connection, by which it is seen from then on.
  private final AtomicInteger entering = new AtomicInteger();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition opened = lock.newCondition();
  private volatile boolean closed;

  /// Does something as soon as the gate is open.
  ///
  /// @throws SQLTransientConnectionException when it stays closed for [#PATIENCE]
  <T> T through(Entry<T> entry) throws SQLException {
    for (; ; ) {
      entering.incrementAndGet();
      try {
        // Read behind the addition, as `busy` reads behind the closing: one of them sees the other.
        if (!closed) {
          return entry.enter();
        }
      } finally {
        entering.decrementAndGet();
      }
      await();
    }
  }

  /// What is done on the way in.
  @FunctionalInterface
  interface Entry<T> {
    T enter() throws SQLException;
  }

  private void await() throws SQLException {
    long left = PATIENCE.toNanos();
    lock.lock();
    try {
      while (closed) {
        if (left <= 0) {
          throw new SQLTransientConnectionException(
              "the database is being moved, and has been for " + PATIENCE.toSeconds() + " s");
        }
        left = opened.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLTransientConnectionException("interrupted while the database is moved", e);
    } finally {
      lock.unlock();
    }
  }

  /// From now on whoever comes waits.
  public void close() {
    closed = true;
  }

  public boolean closed() {
    return closed;
  }

  /// Whether somebody is still on the way in.
  boolean busy() {
    return entering.get() > 0;
  }

  /// Everybody may go in, those that wait at once.
  public void open() {
    lock.lock();
    try {
      closed = false;
      opened.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Waits until `quiet` says so of what went in before.
  ///
  /// @return whether it did in time
  boolean awaitQuiet(java.util.function.BooleanSupplier quiet, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    while (busy() || !quiet.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      java.util.concurrent.locks.LockSupport.parkNanos(POLL_NANOS);
    }
    return true;
  }

  /// A commit takes longer; what is waited for can't tell when it ends.
  private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(200);
}
