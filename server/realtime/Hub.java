package server.realtime;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import server.conversations.Membership;
import server.conversations.Memberships;
import server.messages.Message;
import server.messages.MessageStore.Span;

/// One conversation on this node, while sockets of its members are here.
///
/// Messages arrive from the local committer, from Redis and, when one was missed, from the store;
/// in whatever order they come, they are handed on in seq order, each once, without a gap: `top` is
/// the last one handed on. `seq` alone decides; Redis is only a shortcut.
///
/// A message carries the members version under whose lock it was stored. When that is newer than
/// what the hub knows, the hub asks who the members are before it hands the message on, so that
/// nobody gets a message that was sent after it had left, however late the notice of it is. For the
/// same reason `top` never passes a message whose members were not asked for after it was visible.
///
/// Everything is guarded by `lock`; the store and PostgreSQL are read outside of it, on a virtual
/// thread, one at a time.
final class Hub {
  /// How long an overtaken message may still be on its way before the store is asked.
  private static final long GAP_PATIENCE_MILLIS = 20;

  private static final long RETRY_MILLIS = 500; // after the store failed, or showed less than said
  private static final long UNKNOWN = -1;

  final ReentrantLock lock = new ReentrantLock();
  private final UUID conversationId;
  private final Sources sources;
  private final Tail tail = new Tail();
  private final Senders senders = new Senders();
  private final Overtaking ahead = new Overtaking();
  private final List<Subscription> subscriptions = new ArrayList<>(2);
  private long top = UNKNOWN; // until the first resume
  private long head; // the highest seq heard of
  private final KnownMembers members = new KnownMembers();
  private boolean catchingUp;
  private boolean abandoned;

  Hub(UUID conversationId, Sources sources) {
    this.conversationId = conversationId;
    this.sources = sources;
  }

  UUID conversationId() {
    return conversationId;
  }

  /// Adds a socket, unplaced, or finds the subscription it has; null when the hub was given up
  /// meanwhile.
  Subscription attach(ClientSocket socket) {
    lock.lock();
    try {
      if (abandoned) {
        return null;
      }
      for (Subscription present : subscriptions) {
        if (present.socket == socket) {
          return present;
        }
      }
      Subscription subscription = new Subscription(socket, this);
      subscriptions.add(subscription);
      return subscription;
    } finally {
      lock.unlock();
    }
  }

  /// Removes a socket.
  ///
  /// @return true when it was the last and the hub is to be forgotten
  boolean detach(Subscription subscription) {
    lock.lock();
    try {
      subscriptions.remove(subscription);
      abandoned = subscriptions.isEmpty();
      return abandoned;
    } finally {
      lock.unlock();
    }
  }

  /// Places a subscription for its pump, which queues it or makes it live.
  ///
  /// @return false when the members changed meanwhile: read again
  boolean place(Subscription subscription, Start start) {
    lock.lock();
    try {
      if (members.version() != start.known()) {
        return false;
      }
      if (top == UNKNOWN) {
        top = start.head(); // nobody was placed, so nobody is to get what is below without asking
      }
      subscription.socket.forgotten(subscription);
      subscription.start = start.membership().startSeq();
      subscription.position = start.position();
      subscription.end = start.membership().leftSeq();
      subscription.backlogTo = start.backlogTo();
      subscription.live = false;
      subscription.queued = true; // by its pump, whatever arrives meanwhile
      reaches(start.head());
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// A message from a committer or from Redis.
  void arrived(Message message, long version) {
    lock.lock();
    try {
      long seq = message.seq();
      head = Math.max(head, seq);
      if (top == UNKNOWN || seq <= top) {
        return; // whoever resumes reads it from the store
      }
      members.heard(version);
      if (seq == top + 1 && !members.stale() && ahead.isEmpty()) {
        handOn(new Tail.Entry(message));
        return;
      }
      ahead.add(new Tail.Entry(message));
      drainAhead();
      if (top < head) {
        catchUpSoon(members.stale() ? 0 : GAP_PATIENCE_MILLIS);
      }
    } finally {
      lock.unlock();
    }
  }

  /// The conversation is known to reach this far: from a beacon, a poll, or a resume.
  void reaches(long seq) {
    locked(() -> {
      head = Math.max(head, seq);
      if (top != UNKNOWN && top < head) {
        catchUpSoon(GAP_PATIENCE_MILLIS);
      }
    });
  }

  /// Members changed: whoever is none of these users any more learns nothing new from now on.
  void membersChanged(long version, Set<UUID> users) {
    locked(() -> {
      members.heard(version);
      if (members.stale()) {
        subscriptions.forEach(one -> one.leaving = !users.contains(one.socket.userId()));
        catchUpSoon(0);
      }
    });
  }

  /// Members may have changed.
  void membersUnknown() {
    locked(() -> {
      members.unknown();
      catchUpSoon(0);
    });
  }

  /// Hands the next message to everybody; under the lock.
  private void handOn(Tail.Entry entry) {
    Message message = entry.message();
    top = message.seq();
    tail.add(entry);
    senders.add(top, message.senderUserId());
    for (int i = subscriptions.size() - 1; i >= 0; i--) {
      Subscription to = subscriptions.get(i);
      if (to.position >= top || top > to.end) {
        continue;
      }
      if (!to.live || to.position != top - 1) {
        fellBehind(to);
      } else if (to.socket.isDevice(message.senderDeviceId())) {
        to.position = top; // `sent` told it
      } else if (!to.socket.push(to, entry)) {
        fellBehind(to);
      }
    }
  }

  private static void fellBehind(Subscription subscription) {
    subscription.live = false;
    subscription.socket.pump().fellBehind(subscription);
  }

  private void drainAhead() {
    for (Tail.Entry next; !members.stale() && (next = ahead.take(top + 1)) != null; ) {
      handOn(next);
    }
  }

  private void catchUpSoon(long afterMillis) {
    if (!catchingUp && !abandoned) {
      catchingUp = true;
      sources.later(afterMillis, this::catchUp);
    }
  }

  /// Reads what is missing, then who the members are (in this order: a membership read after a
  /// message was visible tells who may have it), then hands on.
  private void catchUp() {
    try {
      List<Message> missing = missing();
      if (!missing.isEmpty() || members() < 0) {
        refreshMembers();
      }
      lock.lock();
      try {
        long before = top;
        for (Message message : missing) {
          if (message.seq() == top + 1 && !members.stale()) {
            handOn(new Tail.Entry(message));
          }
        }
        drainAhead();
        long pause = top > before ? 0 : members.stale() ? GAP_PATIENCE_MILLIS : RETRY_MILLIS;
        finishCatchUp(top != UNKNOWN && top < head || members.stale(), pause);
      } finally {
        lock.unlock();
      }
    } catch (RuntimeException e) {
      sources.reads().failed(e);
      finishCatchUp(true, RETRY_MILLIS);
    }
  }

  private void finishCatchUp(boolean again, long afterMillis) {
    locked(() -> {
      catchingUp = false;
      if (again) {
        catchUpSoon(afterMillis);
      }
    });
  }

  private List<Message> missing() {
    long from;
    long to;
    lock.lock();
    try {
      from = top;
      to = head;
      // What waits only for the members' names need not be read again.
      if (top == UNKNOWN || top >= head || ahead.has(top + 1)) {
        return List.of();
      }
    } finally {
      lock.unlock();
    }
    return sources.reads().messages(new Span(conversationId, from, to));
  }

  /// Asks who the members are and brings the subscriptions in line: whoever left gets an end,
  /// whoever of this node's users came gets a subscription.
  private void refreshMembers() {
    Set<UUID> here = new HashSet<>();
    long heard;
    lock.lock();
    try {
      subscriptions.forEach(subscription -> here.add(subscription.socket.userId()));
      heard = members.asking();
    } finally {
      lock.unlock();
    }
    try {
      Memberships.Members now =
          sources.reads().take(() -> sources.memberships().members(conversationId));
      Map<UUID, Membership> found =
          sources.reads().take(() -> sources.memberships().among(conversationId, here));
      sources.attachNewcomers(conversationId, new HashSet<>(now.userIds()));
      follow(now, found, heard);
    } catch (RuntimeException e) {
      membersUnknown();
      throw e;
    }
  }

  private void follow(Memberships.Members now, Map<UUID, Membership> found, long heard) {
    lock.lock();
    try {
      for (Subscription subscription : subscriptions) {
        Membership membership = found.get(subscription.socket.userId());
        if (membership != null) {
          subscription.follow(membership);
        } else if (subscription.placed()) {
          members.unknown(); // it came while we asked
        }
      }
      members.are(now, heard);
    } finally {
      lock.unlock();
    }
  }

  /// Looks how far behind a subscription is.
  ///
  /// @return null when it has caught up
  Behind behind(Subscription subscription, int limit) {
    lock.lock();
    try {
      // A backlog may reach beyond the top while the hub itself is still catching up.
      long to = Math.max(Math.min(top, subscription.end), subscription.backlogTo);
      long from = subscription.position;
      if (from >= to) {
        return null;
      }
      boolean inMemory = from < top && tail.reachesBackTo(from + 1);
      return new Behind(inMemory ? tail.read(from, to, limit) : null, from, to);
    } finally {
      lock.unlock();
    }
  }

  /// Keeps the newest messages, which a reader had to read from the store: others come for them.
  void remember(List<Tail.Entry> page) {
    locked(() -> {
      if (!page.isEmpty() && page.getLast().message().seq() == top && tail.isEmpty()) {
        page.forEach(tail::add);
      }
    });
  }

  /// Makes a subscription live when it has caught up.
  ///
  /// @return false when it has not
  boolean goLive(Subscription subscription) {
    return locked(
        () -> subscription.live = subscription.placed() && behind(subscription, 1) == null);
  }

  /// Runs `step` for every subscription, under the lock.
  void forEach(Consumer<Subscription> step) {
    locked(() -> subscriptions.forEach(step));
  }

  /// How many members there are, -1 when that may have changed or was never asked.
  int members() {
    return locked(members::count);
  }

  /// The version of the members that the subscriptions follow.
  long membersVersion() {
    return locked(members::version);
  }

  /// The last seq known to exist, -1 when nobody has resumed here yet.
  long head() {
    return locked(() -> top == UNKNOWN ? UNKNOWN : head);
  }

  /// Who sent what lies in `afterSeq < seq <= toSeq`, from memory; null when memory does not reach.
  Set<UUID> senders(long afterSeq, long toSeq) {
    return locked(() -> senders.among(afterSeq, toSeq));
  }

  /// Forgets messages that are in memory since the last call but one.
  void age() {
    locked(() -> {
      tail.age();
      senders.age();
    });
  }

  private void locked(Runnable step) {
    lock.lock();
    try {
      step.run();
    } finally {
      lock.unlock();
    }
  }

  private <T> T locked(Supplier<T> step) {
    lock.lock();
    try {
      return step.get();
    } finally {
      lock.unlock();
    }
  }
}
