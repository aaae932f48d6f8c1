package server.messages;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/// A real store whose writes a test can hold up, lose, and count. Thread-safe.
final class TroubledStore {
  /// What happens to a write.
  enum Trouble {
    NONE,
    /// It does not reach the database.
    LOST,
    /// It is stored, and the answer is lost.
    ANSWER_LOST,
    /// The code between here and the database is broken.
    BROKEN,
    /// It takes a while.
    SLOW
  }

  private static final long SLOW_NANOS = 3_000_000; // as a commit on a busy disk
  private static final int FREE = Integer.MAX_VALUE / 2;

  private final MessageStore real;
  private final Queue<List<?>> writes = new ConcurrentLinkedQueue<>();
  private final Semaphore passing = new Semaphore(FREE);
  private volatile Supplier<Trouble> trouble = () -> Trouble.NONE;

  TroubledStore(MessageStore real) {
    this.real = real;
  }

  /// The store as others see it.
  MessageStore store() {
    return (MessageStore)
        Proxy.newProxyInstance(
            TroubledStore.class.getClassLoader(),
            new Class<?>[] {MessageStore.class},
            (_, method, arguments) -> {
              boolean writes = List.of("append", "acknowledge").contains(method.getName());
              Trouble now = writes ? begin((Iterable<?>) arguments[0]) : Trouble.NONE;
              if (now == Trouble.LOST) {
                throw new StoreUnavailable(new IllegalStateException("away, for a test"));
              }
              try {
                Object answer = method.invoke(real, arguments);
                if (now == Trouble.ANSWER_LOST) {
                  throw new StoreUnavailable(new IllegalStateException("away, for a test"));
                }
                return answer;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private Trouble begin(Iterable<?> batch) {
    List<Object> copy = new ArrayList<>();
    batch.forEach(copy::add);
    writes.add(copy);
    passing.acquireUninterruptibly();
    Trouble now = trouble.get();
    if (now == Trouble.BROKEN) {
      throw new LinkageError("broken, for a test");
    }
    if (now == Trouble.SLOW) {
      LockSupport.parkNanos(SLOW_NANOS);
    }
    return now;
  }

  /// Makes writes wait until [#release].
  void hold() {
    passing.drainPermits();
  }

  void release() {
    passing.release(FREE);
  }

  /// What happens to writes from now on.
  void meet(Trouble next) {
    trouble = () -> next;
  }

  /// Each write meets something else from now on, and every other one nothing.
  void meetAnything() {
    trouble =
        () -> {
          var random = ThreadLocalRandom.current();
          Trouble[] all = Trouble.values();
          return random.nextBoolean() ? Trouble.NONE : all[random.nextInt(all.length)];
        };
  }

  /// The writes so far, held ones too: what was in each.
  List<List<?>> writes() {
    return List.copyOf(writes);
  }

  /// How many drafts each append had.
  List<Integer> sizes() {
    return writes.stream().map(List::size).toList();
  }
}
