package server.realtime;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Bounds how many of the sockets' queries run at once. After an outage every conversation and
/// every socket asks; without a bound they would take all connections, and requests and each other
/// would time out waiting for one. Who waits is served in turn. Thread-safe; called on virtual
/// threads.
final class Reads {
  private static final int AT_ONCE = 8; // half of a node's connections for requests

  private static final long COMPLAIN_EVERY_NANOS =
      1_000_000_000; // when a database is away, all fail
  private static final Logger log = LoggerFactory.getLogger(Reads.class);

  private final Semaphore permits = new Semaphore(AT_ONCE, true);
  private final AtomicLong complainedAt = new AtomicLong(System.nanoTime() - COMPLAIN_EVERY_NANOS);

  /// Runs a query when it is its turn. Queries are not to be nested.
  <T> T take(Supplier<T> query) {
    permits.acquireUninterruptibly();
    try {
      return query.get();
    } finally {
      permits.release();
    }
  }

  /// Notes that a query failed and is tried again: one line a second in the log.
  void failed(RuntimeException e) {
    long last = complainedAt.get();
    long now = System.nanoTime();
    if (now - last >= COMPLAIN_EVERY_NANOS && complainedAt.compareAndSet(last, now)) {
      log.warn("messages for sockets wait, trying again: {}", e.toString());
    }
  }
}
