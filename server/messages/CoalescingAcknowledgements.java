package server.messages;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.http.ApiError;
import server.http.ErrorCode;

/// Gathers acknowledgements, which are cumulative, so that a device and conversation cost one row a
/// flush however many messages they cover. One thread flushes; the map is guarded by `lock`.
public final class CoalescingAcknowledgements implements Acknowledgements, AutoCloseable {
  /// Between two flushes: what a receipt may come later, against one write for all that gathered.
  public static final Duration PAUSE = Duration.ofMillis(20);

  /// After a flush that took long the pause is this many times as long as that: a busy device costs
  /// one row a flush, so a busy store gets fewer of them.
  private static final int PAUSE_TO_FLUSH = 3;

  private static final long MAX_PAUSE_MILLIS = 100; // by that alone
  private static final long RETRY_MILLIS = 500; // while the store is away

  /// (Conversation, device) pairs: some 20 MB of heap.
  private static final int MAX_WAITING = 100_000;

  static final int MAX_BATCH = 2_000;
  private static final long CLOSE_TIMEOUT_MILLIS = 5_000;
  private static final Logger log = LoggerFactory.getLogger(CoalescingAcknowledgements.class);

  private record Key(UUID conversationId, UUID deviceId) {}

  private record Waiting(Acknowledgement highest, List<CompletableFuture<Void>> callers) {}

  private final MessageStore store;
  private final Consumer<List<Advance>> listener;
  private final int maxWaiting;
  private volatile long pauseMillis;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private Map<Key, Waiting> waiting = new LinkedHashMap<>(); // guarded by lock
  private boolean closed; // guarded by lock
  private final LongAdder flushes = new LongAdder();
  private final Thread thread;

  /// @param listener is told what rose, after it is stored, on the flushing thread; must not block
  public CoalescingAcknowledgements(MessageStore store, Consumer<List<Advance>> listener) {
    this(store, listener, PAUSE);
  }

  /// With another pause between two flushes: longer where a row costs more.
  public CoalescingAcknowledgements(
      MessageStore store, Consumer<List<Advance>> listener, Duration pause) {
    this(store, listener, MAX_WAITING, pause);
  }

  /// With another bound, for tests.
  CoalescingAcknowledgements(MessageStore store, Consumer<List<Advance>> listener, int maxWaiting) {
    this(store, listener, maxWaiting, PAUSE);
  }

  private CoalescingAcknowledgements(
      MessageStore store, Consumer<List<Advance>> listener, int maxWaiting, Duration pause) {
    this.maxWaiting = maxWaiting;
    this.pauseMillis = pause.toMillis();
    this.store = store;
    this.listener = listener;
    this.thread = Thread.ofPlatform().name("acknowledgements").daemon().start(this::run);
  }

  @Override
  public CompletableFuture<Void> submit(Acknowledgement acknowledgement) {
    var done = new CompletableFuture<Void>();
    lock.lock();
    try {
      Key key = key(acknowledgement);
      if (closed || waiting.size() >= maxWaiting && !waiting.containsKey(key)) {
        done.completeExceptionally(
            new ApiError(
                ErrorCode.OVERLOADED, "too many acknowledgements wait; send it again later", 1));
        return done;
      }
      merge(key, acknowledgement, List.of(done));
      changed.signal();
    } finally {
      lock.unlock();
    }
    return done;
  }

  /// From now on so long between two flushes.
  public void pause(Duration pause) {
    pauseMillis = pause.toMillis();
  }

  /// How many writes were made so far.
  public long flushes() {
    return flushes.sum();
  }

  private static Key key(Acknowledgement a) {
    return new Key(a.conversationId(), a.deviceId());
  }

  private void merge(Key key, Acknowledgement more, Collection<CompletableFuture<Void>> callers) {
    waiting.compute(
        key,
        (_, present) -> {
          if (present == null) {
            return new Waiting(more, new ArrayList<>(callers));
          }
          present.callers().addAll(callers);
          Acknowledgement a = present.highest();
          return new Waiting(
              new Acknowledgement(
                  a.conversationId(),
                  a.userId(),
                  a.deviceId(),
                  Math.max(a.deliveredSeq(), more.deliveredSeq()),
                  Math.max(a.readSeq(), more.readSeq())),
              present.callers());
        });
  }

  private void run() {
    for (Map<Key, Waiting> batch = take(0); !batch.isEmpty(); ) {
      long start = System.nanoTime();
      boolean there = flush(batch);
      long longer = PAUSE_TO_FLUSH * TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      if (!there && isClosed()) {
        return; // what is left would take a time-out for every batch
      }
      batch =
          take(there ? Math.max(pauseMillis, Math.min(longer, MAX_PAUSE_MILLIS)) : RETRY_MILLIS);
    }
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /// Waits out the pause (unless closed), then for work; empty when closed and drained.
  private Map<Key, Waiting> take(long pauseMillis) {
    lock.lock();
    try {
      long nanos = TimeUnit.MILLISECONDS.toNanos(pauseMillis);
      while (!closed && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
      while (!closed && waiting.isEmpty()) {
        changed.await();
      }
      if (waiting.size() <= MAX_BATCH) {
        Map<Key, Waiting> all = waiting;
        waiting = new LinkedHashMap<>();
        return all;
      }
      Map<Key, Waiting> some = new LinkedHashMap<>();
      var entries = waiting.entrySet().iterator();
      while (some.size() < MAX_BATCH) {
        var entry = entries.next();
        some.put(entry.getKey(), entry.getValue());
        entries.remove();
      }
      return some;
    } catch (InterruptedException _) {
      return Map.of(); // nobody interrupts it but a JVM that goes down
    } finally {
      lock.unlock();
    }
  }

  /// False when the store is away. What it refuses otherwise is halved until the one it refuses
  /// stands alone: it is dropped, or it would keep all others waiting for ever.
  private boolean flush(Map<Key, Waiting> batch) {
    return flush(new ArrayList<>(batch.entrySet()));
  }

  private boolean flush(List<Map.Entry<Key, Waiting>> batch) {
    List<Advance> risen;
    try {
      flushes.increment();
      risen = store.acknowledge(batch.stream().map(e -> e.getValue().highest()).toList());
    } catch (StoreUnavailable e) {
      log.warn("{} acknowledgements wait, trying again: {}", batch.size(), e.getCause().toString());
      fail(batch, e);
      keep(batch);
      return false;
    } catch (RuntimeException | Error e) {
      if (batch.size() > 1) {
        int half = batch.size() / 2;
        boolean there = flush(batch.subList(0, half));
        return flush(batch.subList(half, batch.size())) && there;
      }
      log.error("an acknowledgement could not be stored", e);
      fail(batch, new StoreUnavailable(e));
      return true;
    }
    try {
      listener.accept(risen);
    } catch (RuntimeException | Error e) { // it is stored all the same
      log.error("telling of acknowledgements failed", e);
    }
    batch.forEach(e -> e.getValue().callers().forEach(caller -> caller.complete(null)));
    return true;
  }

  private static void fail(Collection<Map.Entry<Key, Waiting>> batch, RuntimeException failure) {
    batch.forEach(
        e -> e.getValue().callers().forEach(caller -> caller.completeExceptionally(failure)));
  }

  /// Their callers were told, but a socket that acknowledged will not do it again: try again.
  private void keep(List<Map.Entry<Key, Waiting>> batch) {
    lock.lock();
    try {
      if (!closed) {
        batch.forEach(e -> merge(e.getKey(), e.getValue().highest(), List.of()));
      }
    } finally {
      lock.unlock();
    }
  }

  /// Writes what waits and ends. What cannot be written, because the store is away, is lost: its
  /// devices are given those messages again, and acknowledge them again.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    try {
      thread.join(CLOSE_TIMEOUT_MILLIS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    Map<Key, Waiting> left;
    lock.lock();
    try {
      left = waiting;
      waiting = new LinkedHashMap<>();
    } finally {
      lock.unlock();
    }
    fail(left.entrySet(), new StoreUnavailable(new IllegalStateException("closed")));
  }
}
