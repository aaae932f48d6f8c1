package server.realtime;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/// Answers all who ask at about the same time by one query: ten thousand sockets that come back at
/// once would ask ten thousand times.
///
/// Who asks alone is not kept waiting. After a query for many the next one is put off, the longer
/// the more they were, so that more gather; [#MOST_NANOS] bounds it. A query begins after everybody
/// has asked whom it answers: no answer is older than its question. One query runs at a time.
///
/// Thread-safe; for virtual threads, which wait.
final class Gathering<K, V> {
  /// For each that the query before answered. From 250 askers a second on it adds up to a storm,
  /// for which [#MOST_NANOS] holds; below it, it comes to a few milliseconds.
  private static final long NANOS_FOR_EACH = 4_000_000;

  private static final long MOST_NANOS = 200_000_000;

  private final Executor threads;
  private final int maxKeys;
  private final Function<Set<K>, Map<K, V>> query;
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Round<K, V>> rounds = new ArrayDeque<>(); // guarded by lock
  private boolean running; // guarded by lock
  private long notBefore = System.nanoTime(); // of the thread that runs

  private static final class Round<K, V> {
    private final Set<K> keys = new HashSet<>();
    private final CompletableFuture<Map<K, V>> answer = new CompletableFuture<>();
    private int askers;
  }

  /// @param threads runs the query, on virtual threads
  /// @param maxKeys of one query, but that what one asks for stays together
  Gathering(Executor threads, int maxKeys, Function<Set<K>, Map<K, V>> query) {
    this.threads = threads;
    this.maxKeys = maxKeys;
    this.query = query;
  }

  /// What there is for one key, or null.
  V one(K key) {
    return all(Set.of(key)).get(key);
  }

  /// What there is for these keys, and for others that were asked for besides.
  ///
  /// @throws RuntimeException the query's own; [RejectedExecutionException] when the node goes away
  Map<K, V> all(Collection<K> keys) {
    if (keys.isEmpty()) {
      return Map.of();
    }
    CompletableFuture<Map<K, V>> answer = join(keys).answer;
    try {
      return answer.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private Round<K, V> join(Collection<K> keys) {
    lock.lock();
    try {
      if (!running) {
        threads.execute(this::run);
        running = true;
      }
      if (rounds.isEmpty() || isFull(rounds.getLast())) {
        rounds.add(new Round<>());
      }
      Round<K, V> round = rounds.getLast();
      round.keys.addAll(keys);
      round.askers++;
      return round;
    } finally {
      lock.unlock();
    }
  }

  private boolean isFull(Round<K, V> round) {
    return round.keys.size() >= maxKeys;
  }

  private void run() {
    for (Round<K, V> round = next(); round != null; round = next()) {
      long start = System.nanoTime();
      try {
        round.answer.complete(query.apply(round.keys));
      } catch (Throwable e) {
        round.answer.completeExceptionally(e);
      }
      notBefore =
          round.askers == 1 ? start : start + Math.min(MOST_NANOS, round.askers * NANOS_FOR_EACH);
    }
  }

  /// The next round, when it is due; null when nobody asks.
  private Round<K, V> next() {
    while (true) {
      lock.lock();
      try {
        long early = notBefore - System.nanoTime();
        if (rounds.isEmpty() || early <= 0 || isFull(rounds.getFirst())) {
          running = !rounds.isEmpty();
          return rounds.poll();
        }
      } finally {
        lock.unlock();
      }
      LockSupport.parkNanos(notBefore - System.nanoTime());
    }
  }
}
