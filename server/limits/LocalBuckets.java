package server.limits;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// This node's own count, as `take.lua` counts in Redis. Thread-safe; no method blocks for long.
final class LocalBuckets {
  /// About 10 MB of heap. Beyond it full buckets are forgotten, which changes no answer.
  static final int MAX_BUCKETS = 100_000;

  private static final long SWEEP_EVERY_NANOS = 1_000_000_000; // a sweep looks at every bucket

  /// One bucket of one kind.
  record Key(Limit limit, Object subject, boolean generous) {}

  private final LongSupplier clock;
  private final ConcurrentHashMap<Key, Long> fullAt = new ConcurrentHashMap<>();
  private final AtomicLong sweptAt;

  /// @param clock nanoseconds since whenever
  LocalBuckets(LongSupplier clock) {
    this.clock = clock;
    this.sweptAt = new AtomicLong(clock.getAsLong() - SWEEP_EVERY_NANOS);
  }

  /// Takes tokens, or puts them back when `tokens` is below 0.
  ///
  /// @return 0, or the nanoseconds after which they will be there; then nothing was taken
  long take(Key key, int tokens) {
    Limit.Rate rate = key.limit().rate(key.generous());
    long now = clock.getAsLong();
    long[] waitNanos = {0};
    fullAt.compute(
        key,
        (_, before) -> {
          long base = before == null || before - now < 0 ? now : before;
          long full = base + tokens * rate.intervalNanos();
          long wait = full - now - rate.fillNanos();
          if (wait > 0) {
            waitNanos[0] = wait;
            return before;
          }
          return full - now <= 0 ? null : Long.valueOf(full);
        });
    if (fullAt.size() > MAX_BUCKETS) {
      sweep(now);
    }
    return waitNanos[0];
  }

  /// Forgets full buckets, at most once a second. When that is not enough everything is forgotten:
  /// bounded memory comes before an exact count.
  private void sweep(long now) {
    long last = sweptAt.get();
    if (now - last >= SWEEP_EVERY_NANOS && sweptAt.compareAndSet(last, now)) {
      fullAt.values().removeIf(full -> full - now <= 0);
    } else if (fullAt.size() > 2 * MAX_BUCKETS) {
      fullAt.clear();
    }
  }

  int size() {
    return fullAt.size();
  }
}
