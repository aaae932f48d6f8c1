package server.realtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The threads that write to sockets, so that committers never do. An outbox is in the queue at
/// most once, which bounds it by the number of sockets.
final class Flusher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Flusher.class);

  private final LinkedBlockingQueue<Outbox> ready = new LinkedBlockingQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private final ThreadLocal<List<Outbox>> held = new ThreadLocal<>();

  /// @param count of threads; each write is one system call
  Flusher(int count) {
    for (int i = 0; i < count; i++) {
      threads.add(Thread.ofPlatform().name("flusher-" + i).daemon().start(this::run));
    }
  }

  /// Lets `outbox` be flushed soon.
  void schedule(Outbox outbox) {
    List<Outbox> later = held.get();
    if (later == null) {
      ready.add(outbox);
    } else {
      later.add(outbox);
    }
  }

  /// Until [#release], what this thread schedules waits: of a batch that is handed on, a socket
  /// gets all its frames in one write, and the threads are woken once and not for each socket.
  void hold() {
    if (held.get() == null) {
      held.set(new ArrayList<>());
    }
  }

  /// Lets what this thread held back be flushed; does nothing when it held nothing.
  void release() {
    List<Outbox> all = held.get();
    if (all != null) {
      held.remove();
      ready.addAll(all);
    }
  }

  /// Flushes one outbox on the caller's thread: for who has no threads here.
  ///
  /// @return false when none was ready
  boolean flushOne() {
    Outbox next = ready.poll();
    if (next != null) {
      next.flush();
    }
    return next != null;
  }

  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
  }

  private void run() {
    while (true) {
      try {
        ready.take().flush();
      } catch (InterruptedException _) {
        return;
      } catch (RuntimeException | Error e) {
        log.error("a flush failed", e); // one socket's fault must not stop the others
      }
    }
  }
}
