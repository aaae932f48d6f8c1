package server.realtime;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Pulls for one socket: the backlog after a resume, and whatever could not be pushed because the
/// reader was slow. One mechanism for both: a queue of subscriptions that are behind, read page by
/// page, in turn, while window and outbox have room.
///
/// At most one virtual thread runs for a socket, and none while there is nothing to do or no room.
/// The queues are guarded by `lock`, which is taken inside a hub's lock, never around it.
final class Pump {
  private static final int PAGE_MESSAGES = 100;
  private static final long RETRY_MILLIS = 500; // while the store is away
  private static final Logger log = LoggerFactory.getLogger(Pump.class);

  private final ClientSocket socket;
  private final Hub.Sources sources;
  private final Resuming resuming;

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Subscription> behind = new ArrayDeque<>();
  private final ArrayDeque<Subscription> later =
      new ArrayDeque<>(); // live traffic during a backlog
  private final Set<Subscription> backlog = new HashSet<>(); // not caught up since the resume
  private ClientFrame.Resume requested;
  private ClientFrame.Resume answering; // its caught_up is due
  private boolean resumed;
  private boolean running;
  private boolean closed;

  Pump(ClientSocket socket, Hub.Sources sources, Resuming resuming) {
    this.socket = socket;
    this.sources = sources;
    this.resuming = resuming;
  }

  /// The client asked for delivery to start, or to start anew.
  void resume(ClientFrame.Resume resume) {
    lock.lock();
    try {
      requested = resume;
    } finally {
      lock.unlock();
    }
    kick();
  }

  /// Called under the subscription's hub lock.
  void fellBehind(Subscription subscription) {
    lock.lock();
    try {
      if (!resumed || closed || subscription.queued) {
        return;
      }
      subscription.queued = true;
      (answering == null ? behind : later).add(subscription);
    } finally {
      lock.unlock();
    }
    kick();
  }

  /// Runs when there is something to do.
  void kick() {
    lock.lock();
    try {
      boolean work =
          requested != null
              || answering != null && backlog.isEmpty()
              || !behind.isEmpty() && socket.hasRoom();
      if (running || closed || !work) {
        return;
      }
      running = true;
    } finally {
      lock.unlock();
    }
    sources.blocking().execute(this::run);
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      behind.clear();
      later.clear();
      backlog.clear();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      while (step()) {
        // until there is nothing to do, or no room
      }
      stopped();
    } catch (RuntimeException e) {
      log.warn("a socket's backlog waits: {}", e.toString());
      sources
          .timer()
          .schedule(
              () -> sources.blocking().execute(this::run), RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /// Leaves, unless work or room came in the very moment.
  private void stopped() {
    lock.lock();
    try {
      running = false;
      if (requested == null && (behind.isEmpty() || !socket.hasRoom())) {
        return;
      }
    } finally {
      lock.unlock();
    }
    kick();
  }

  private boolean step() {
    ClientFrame.Resume resume;
    Subscription next;
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      resume = requested;
      next = resume == null && socket.hasRoom() ? behind.peek() : null;
    } finally {
      lock.unlock();
    }
    if (resume != null) {
      begin(resume);
      return true;
    }
    if (next != null) {
      pull(next);
      caughtUp();
      return true;
    }
    caughtUp();
    return false;
  }

  /// Loads where the device is everywhere and queues what it lacks.
  private void begin(ClientFrame.Resume resume) {
    List<Subscription> lacking = resuming.start(socket, resume);
    Set<Subscription> lacks = Set.copyOf(lacking);
    lock.lock();
    try {
      if (requested == resume) {
        requested = null; // a newer one starts it all again
      }
      behind.clear();
      later.clear();
      backlog.clear();
      behind.addAll(lacking);
      backlog.addAll(lacking);
      answering = resume;
      resumed = true;
    } finally {
      lock.unlock();
    }
    // Those that lack nothing become live behind the caught_up.
    for (Subscription subscription : socket.subscriptions().values()) {
      subscription.hub.lock.lock();
      try {
        subscription.queued = lacks.contains(subscription);
        if (!subscription.queued && !subscription.live) {
          fellBehind(subscription);
        }
      } finally {
        subscription.hub.lock.unlock();
      }
    }
  }

  private void pull(Subscription subscription) {
    Hub hub = subscription.hub;
    Hub.Behind missing = hub.behind(subscription, PAGE_MESSAGES);
    boolean inBacklog;
    lock.lock();
    try {
      inBacklog = backlog.contains(subscription);
    } finally {
      lock.unlock();
    }
    boolean done = missing == null;
    if (!done) {
      long to = inBacklog ? Math.min(missing.to(), subscription.backlogTo) : missing.to();
      List<Tail.Entry> page =
          missing.entries() != null
              ? missing.entries()
              : sources
                  .store()
                  .readForward(hub.conversationId(), missing.from(), to, PAGE_MESSAGES)
                  .stream()
                  .map(Tail.Entry::new)
                  .toList();
      for (Tail.Entry entry : page) {
        if (entry.message().seq() <= to && !hand(subscription, entry)) {
          break;
        }
      }
      if (page.isEmpty()) {
        throw new IllegalStateException(
            "the store shows nothing of " + hub.conversationId() + " behind seq " + missing.from());
      }
    }
    turn(subscription);
  }

  /// Hands over one message, if it is still the next and there is room.
  private boolean hand(Subscription subscription, Tail.Entry entry) {
    subscription.hub.lock.lock();
    try {
      long seq = entry.message().seq();
      if (seq != subscription.position + 1) {
        return seq
            <= subscription.position; // a resume moved it meanwhile: the next turn looks anew
      }
      boolean ownLive =
          seq > subscription.backlogTo && socket.isDevice(entry.message().senderDeviceId());
      if (ownLive) {
        subscription.position = seq;
        return true;
      }
      return socket.push(subscription, entry);
    } finally {
      subscription.hub.lock.unlock();
    }
  }

  /// After its page a subscription goes to the end of the queue, or leaves it. During a backlog
  /// none becomes live: what is done waits for the others.
  private void turn(Subscription subscription) {
    subscription.hub.lock.lock();
    try {
      lock.lock();
      try {
        if (!behind.remove(subscription)) {
          return; // closed
        }
        if (answering == null) {
          if (subscription.hub.behind(subscription, 1) == null) {
            subscription.queued = false;
          } else {
            behind.add(subscription);
          }
        } else if (subscription.position >= Math.min(subscription.backlogTo, subscription.end)) {
          backlog.remove(subscription);
          later.add(subscription);
        } else {
          behind.add(subscription);
        }
      } finally {
        lock.unlock();
      }
    } finally {
      subscription.hub.lock.unlock();
    }
  }

  /// Tells the client when the backlog is through; then live traffic flows.
  private void caughtUp() {
    ClientFrame.Resume due;
    lock.lock();
    try {
      if (answering == null || !backlog.isEmpty() || requested != null) {
        return;
      }
      due = answering;
    } finally {
      lock.unlock();
    }
    socket.answer(resuming.caughtUp(socket, due));
    lock.lock();
    try {
      answering = null;
      behind.addAll(later);
      later.clear();
    } finally {
      lock.unlock();
    }
    kick();
  }
}
