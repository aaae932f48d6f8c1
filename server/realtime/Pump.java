package server.realtime;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import server.messages.MessageStore.Span;

/// Pulls for one socket: the backlog after a resume, and whatever could not be pushed because the
/// reader was slow. One mechanism for both: a queue of subscriptions that are behind, read page by
/// page, in turn, while window and outbox have room.
///
/// At most one virtual thread runs for a socket, and none while there is nothing to do or no room.
/// The queues are guarded by `lock`, which is taken inside a hub's lock, never around it.
final class Pump {
  private static final long RETRY_MILLIS = 500; // while the store is away

  private final ClientSocket socket;
  private final Sources sources;
  private final Resuming resuming;

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Subscription> behind = new ArrayDeque<>();
  private final ArrayDeque<Subscription> later = new ArrayDeque<>(); // live ones during a backlog
  private final Set<Subscription> backlog = new HashSet<>(); // not caught up since the resume
  private List<Subscription> lacked = List.of(); // what the backlog consisted of
  private ClientFrame.Resume requested;
  private ClientFrame.Resume answering; // its caught_up is due
  private boolean resumed;
  private boolean newcomers;
  private boolean running;
  private boolean closed;

  Pump(ClientSocket socket, Sources sources, Resuming resuming) {
    this.socket = socket;
    this.sources = sources;
    this.resuming = resuming;
  }

  /// The client asked for delivery to start, or to start anew. Of several that come before delivery
  /// has started the last one counts.
  void resume(ClientFrame.Resume resume) {
    lock.lock();
    try {
      requested = resume;
    } finally {
      lock.unlock();
    }
    kick();
  }

  /// The socket got subscriptions; they are placed now, or with everything else at its resume.
  void newcomers() {
    lock.lock();
    try {
      if (!resumed) {
        return; // who resumes looks for them after that
      }
      newcomers = true;
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
      if (running || !work()) {
        return;
      }
      running = true;
    } finally {
      lock.unlock();
    }
    sources.later(0, this::run);
  }

  private boolean work() {
    return !closed
        && (requested != null
            || newcomers
            || answering != null && backlog.isEmpty()
            || !behind.isEmpty() && socket.hasRoom());
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      behind.clear();
      later.clear();
      backlog.clear();
      lacked = List.of();
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
      sources.reads().failed(e);
      sources.later(RETRY_MILLIS, this::run);
    }
  }

  /// Leaves, unless work or room came in the very moment.
  private void stopped() {
    lock.lock();
    try {
      running = false;
    } finally {
      lock.unlock();
    }
    kick();
  }

  private boolean step() {
    ClientFrame.Resume resume;
    boolean came;
    Subscription next;
    lock.lock();
    try {
      if (!work()) {
        return false;
      }
      resume = requested;
      came = newcomers;
      next = socket.hasRoom() ? behind.peek() : null;
    } finally {
      lock.unlock();
    }
    if (resume != null) {
      begin(resume);
    } else if (came) {
      admit();
    } else {
      if (next != null) {
        pull(next);
      }
      caughtUp();
    }
    return true;
  }

  /// Loads where the device is everywhere and queues what it lacks.
  private void begin(ClientFrame.Resume resume) {
    List<Subscription> lacking = resuming.start(socket, resume);
    Set<Subscription> lacks = Set.copyOf(lacking);
    lock.lock();
    try {
      if (closed) {
        return;
      }
      if (requested == resume) {
        requested = null; // a newer one starts it all again
      }
      behind.clear();
      later.clear();
      backlog.clear();
      behind.addAll(lacking);
      backlog.addAll(lacking);
      lacked = lacking;
      answering = resume;
      resumed = true;
    } finally {
      lock.unlock();
    }
    // Those that lack nothing become live behind the caught_up.
    for (Subscription subscription : socket.subscriptions().values()) {
      subscription.hub.lock.lock();
      try {
        if (!subscription.placed()) {
          newcomers();
        } else if (!lacks.contains(subscription)) {
          takeOver(subscription);
        }
      } finally {
        subscription.hub.lock.unlock();
      }
    }
  }

  /// Queues a subscription that was just placed; under its hub's lock.
  private void takeOver(Subscription subscription) {
    subscription.queued = false;
    fellBehind(subscription);
  }

  /// Starts delivery of what the socket came into.
  private void admit() {
    lock.lock();
    try {
      newcomers = false; // whoever comes from now on says so again
    } finally {
      lock.unlock();
    }
    try {
      for (Subscription subscription : resuming.newcomers(socket)) {
        subscription.hub.lock.lock();
        try {
          takeOver(subscription);
        } finally {
          subscription.hub.lock.unlock();
        }
      }
    } catch (RuntimeException e) {
      newcomers();
      throw e;
    }
  }

  private void pull(Subscription subscription) {
    Hub hub = subscription.hub;
    Behind missing = hub.behind(subscription, Reads.PAGE_MESSAGES);
    if (missing != null) {
      long to =
          inBacklog(subscription) ? Math.min(missing.to(), subscription.backlogTo) : missing.to();
      List<Tail.Entry> page =
          missing.entries() != null ? missing.entries() : read(hub, missing.from(), to);
      for (Tail.Entry entry : page) {
        if (entry.message().seq() > to || !hand(subscription, entry)) {
          break;
        }
      }
      if (page.isEmpty()) {
        throw new IllegalStateException(
            "the store shows nothing of " + hub.conversationId() + " behind " + missing.from());
      }
    }
    turn(subscription);
  }

  private boolean inBacklog(Subscription subscription) {
    lock.lock();
    try {
      return backlog.contains(subscription);
    } finally {
      lock.unlock();
    }
  }

  private List<Tail.Entry> read(Hub hub, long from, long to) {
    List<Tail.Entry> page =
        sources.reads().messages(new Span(hub.conversationId(), from, to)).stream()
            .map(Tail.Entry::new)
            .toList();
    hub.remember(page);
    return page;
  }

  /// Hands over one message, if there is room.
  private boolean hand(Subscription subscription, Tail.Entry entry) {
    subscription.hub.lock.lock();
    try {
      long seq = entry.message().seq();
      if (seq <= subscription.position) {
        return true; // its user came back meanwhile, and delivery starts higher
      }
      if (seq > subscription.position + 1) {
        throw new IllegalStateException(
            "the store has a gap before " + subscription.hub.conversationId() + " " + seq);
      }
      if (seq > subscription.backlogTo && socket.isDevice(entry.message().senderDeviceId())) {
        subscription.position = seq; // `sent` told it
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
          if (subscription.hub.goLive(subscription)) {
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
    List<Subscription> first;
    lock.lock();
    try {
      if (answering == null || !backlog.isEmpty() || requested != null || closed) {
        return;
      }
      due = answering;
      first = lacked;
    } finally {
      lock.unlock();
    }
    socket.answer(resuming.caughtUp(socket, due, first));
    lock.lock();
    try {
      answering = null;
      lacked = List.of();
      behind.addAll(later);
      later.clear();
    } finally {
      lock.unlock();
    }
  }
}
