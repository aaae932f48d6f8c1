package server.realtime;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.conversations.Membership;
import server.messages.Message;

/// One conversation on this node, while sockets of its members are here.
///
/// Messages arrive from the local committer, from Redis and, when one was missed, from the store;
/// in whatever order they come, they are handed on in seq order, each once, without a gap: `top` is
/// the last one handed on. `seq` alone decides; Redis is only a shortcut.
///
/// A message carries the members version under whose lock it was stored. When that is newer than
/// what the hub knows, the hub asks who the members are before it hands the message on, so that
/// nobody gets a message that was sent after it had left, however late the notice of it is.
///
/// Everything is guarded by `lock`; the store and PostgreSQL are read outside of it, on a virtual
/// thread, one at a time.
final class Hub {
  /// Messages that overtook others wait for them; beyond this the store is read instead.
  private static final int MAX_AHEAD = 256;

  /// How long an overtaken message may still be on its way before the store is asked.
  private static final long GAP_PATIENCE_MILLIS = 20;

  private static final int FILL_PAGE = 200;
  private static final long RETRY_MILLIS =
      500; // after the store failed, or showed less than was said
  private static final long UNKNOWN = -1;
  private static final Logger log = LoggerFactory.getLogger(Hub.class);

  private record Arrival(Tail.Entry entry, long membersVersion) {}

  private final UUID conversationId;
  private final Sources sources;

  final ReentrantLock lock = new ReentrantLock();
  private final Tail tail = new Tail();
  private final TreeMap<Long, Arrival> ahead = new TreeMap<>();
  private final List<Subscription> subscriptions = new ArrayList<>(2);
  private long top = UNKNOWN;
  private long head; // the highest seq heard of
  private long membersVersion; // 0: not asked yet
  private Set<UUID> members = Set.of();
  private boolean membersStale = true;
  private boolean catchingUp;
  private boolean abandoned;

  Hub(UUID conversationId, Sources sources) {
    this.conversationId = conversationId;
    this.sources = sources;
  }

  UUID conversationId() {
    return conversationId;
  }

  /// Adds a socket at a position, or finds the one it has; null when the hub was given up
  /// meanwhile.
  Subscription attach(ClientSocket socket, long position) {
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
      Subscription subscription = new Subscription(socket, this, position);
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

  /// A message from a committer or from Redis.
  void arrived(Message message, long version) {
    lock.lock();
    try {
      long seq = message.seq();
      head = Math.max(head, seq);
      if (top == UNKNOWN || seq <= top) {
        return; // whoever resumes reads it from the store
      }
      membersStale |= version > membersVersion;
      if (seq == top + 1 && !membersStale && ahead.isEmpty()) {
        handOn(new Tail.Entry(message));
        return;
      }
      if (ahead.size() < MAX_AHEAD) {
        ahead.put(seq, new Arrival(new Tail.Entry(message), version));
      }
      drainAhead();
      if (top < head) {
        catchUpSoon(membersStale ? 0 : GAP_PATIENCE_MILLIS);
      }
    } finally {
      lock.unlock();
    }
  }

  /// The conversation is known to reach this far: from a beacon, a poll, or a resume.
  void reaches(long seq) {
    lock.lock();
    try {
      head = Math.max(head, seq);
      if (top == UNKNOWN) {
        top = head; // whoever is below it pulls
        for (Subscription subscription : subscriptions) {
          subscription.live = false;
          subscription.socket.fellBehind(subscription);
        }
      } else if (top < head) {
        catchUpSoon(GAP_PATIENCE_MILLIS);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Members changed, or may have.
  void membersChanged(long version) {
    lock.lock();
    try {
      if (version > membersVersion) {
        membersStale = true;
        catchUpSoon(0);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Hands the next message to everybody; under the lock.
  private void handOn(Tail.Entry entry) {
    Message message = entry.message();
    top = message.seq();
    tail.add(entry);
    for (int i = subscriptions.size() - 1; i >= 0; i--) {
      Subscription to = subscriptions.get(i);
      if (to.position >= top || top > to.end) {
        continue;
      }
      if (!to.live || to.position != top - 1) {
        to.live = false;
        to.socket.fellBehind(to);
      } else if (to.socket.isDevice(message.senderDeviceId())) {
        to.position = top; // `sent` told it
      } else if (!to.socket.push(to, entry)) {
        to.live = false;
        to.socket.fellBehind(to);
      }
    }
  }

  private void drainAhead() {
    while (!ahead.isEmpty() && ahead.firstKey() <= top) {
      ahead.pollFirstEntry();
    }
    while (!membersStale && !ahead.isEmpty() && ahead.firstKey() == top + 1) {
      handOn(ahead.pollFirstEntry().getValue().entry());
    }
  }

  private void catchUpSoon(long afterMillis) {
    if (!catchingUp && !abandoned) {
      catchingUp = true;
      sources
          .timer()
          .schedule(
              () -> sources.blocking().execute(this::catchUp), afterMillis, TimeUnit.MILLISECONDS);
    }
  }

  /// Reads what is missing, then who the members are (in this order: a membership read after a
  /// message was visible tells who may have it), then hands on.
  private void catchUp() {
    boolean again = false;
    try {
      List<Message> missing = missing();
      if (!missing.isEmpty() || membersStale()) {
        refreshMembers();
      }
      lock.lock();
      try {
        for (Message message : missing) {
          if (message.seq() == top + 1) {
            handOn(new Tail.Entry(message));
          }
        }
        drainAhead();
        again = top != UNKNOWN && top < head || membersStale;
      } finally {
        lock.unlock();
      }
      finishCatchUp(again, missing.isEmpty() ? RETRY_MILLIS : 0);
    } catch (RuntimeException e) {
      log.warn("catching up failed, trying again: {}", e.toString());
      finishCatchUp(true, RETRY_MILLIS);
    }
  }

  private boolean membersStale() {
    lock.lock();
    try {
      return membersStale;
    } finally {
      lock.unlock();
    }
  }

  private void finishCatchUp(boolean again, long afterMillis) {
    lock.lock();
    try {
      catchingUp = false;
      if (again) {
        catchUpSoon(afterMillis);
      }
    } finally {
      lock.unlock();
    }
  }

  private List<Message> missing() {
    long from;
    long to;
    lock.lock();
    try {
      from = top;
      to = head;
      // What waits only for the members' names need not be read again.
      if (top == UNKNOWN || top >= head || ahead.containsKey(top + 1)) {
        return List.of();
      }
    } finally {
      lock.unlock();
    }
    return sources.store().readForward(conversationId, from, to, FILL_PAGE);
  }

  /// Asks who the members are and brings the subscriptions in line: whoever left gets an end,
  /// whoever of this node's users came gets a subscription.
  private void refreshMembers() {
    var now = sources.memberships().members(conversationId);
    Set<UUID> users = new HashSet<>(now.userIds());
    List<Subscription> changed = new ArrayList<>();
    forEach(subscription -> {
      if (users.contains(subscription.socket.userId()) != subscription.active()) {
        changed.add(subscription);
      }
    });
    for (Subscription subscription : changed) {
      Membership found = sources.memberships().access(conversationId, subscription.socket.userId());
      lock.lock();
      try {
        if (found.active()) { // it came back: what was said meanwhile is history
          subscription.position = Math.max(subscription.position, found.startSeq());
        }
        subscription.end = found.leftSeq();
      } finally {
        lock.unlock();
      }
    }
    sources.attachNewcomers(conversationId, users);
    lock.lock();
    try {
      if (now.version() >= membersVersion) {
        membersVersion = now.version();
        members = users;
        // Anything still waiting that was stored under a newer version asks again.
        membersStale = ahead.values().stream().anyMatch(a -> a.membersVersion() > now.version());
      }
    } finally {
      lock.unlock();
    }
  }

  /// What lies between a subscription and the top.
  ///
  /// @param entries from memory, or null when the store must be read
  record Behind(List<Tail.Entry> entries, long from, long to) {}

  /// Looks how far behind a subscription is; makes it live when it is not.
  ///
  /// @return null when it has caught up
  Behind behind(Subscription subscription, int limit) {
    lock.lock();
    try {
      // A backlog may reach beyond the top while the hub itself is still catching up.
      long to = Math.max(Math.min(top, subscription.end), subscription.backlogTo);
      if (subscription.position >= to) {
        subscription.live = true;
        return null;
      }
      boolean inMemory = tail.reachesBackTo(subscription.position + 1);
      return new Behind(
          inMemory ? tail.read(subscription.position, to, limit) : null, subscription.position, to);
    } finally {
      lock.unlock();
    }
  }

  /// Runs `step` for every subscription, under the lock.
  void forEach(Consumer<Subscription> step) {
    lock.lock();
    try {
      subscriptions.forEach(step);
    } finally {
      lock.unlock();
    }
  }

  /// The members as last asked for; empty when never asked.
  Collection<UUID> members() {
    lock.lock();
    try {
      return members;
    } finally {
      lock.unlock();
    }
  }

  /// The last seq known to exist, -1 when nobody has resumed here yet.
  long head() {
    lock.lock();
    try {
      return top == UNKNOWN ? UNKNOWN : head;
    } finally {
      lock.unlock();
    }
  }

  /// Who sent what lies in `afterSeq < seq <= toSeq`, from memory; null when memory does not reach.
  Set<UUID> senders(long afterSeq, long toSeq) {
    lock.lock();
    try {
      if (!tail.reachesBackTo(afterSeq + 1)) {
        return null;
      }
      Set<UUID> senders = new HashSet<>();
      tail.read(afterSeq, toSeq, Integer.MAX_VALUE)
          .forEach(entry -> senders.add(entry.message().senderUserId()));
      return senders;
    } finally {
      lock.unlock();
    }
  }

  /// What a hub needs of its node.
  interface Sources {
    server.messages.MessageStore store();

    server.conversations.Memberships memberships();

    java.util.concurrent.ScheduledExecutorService timer();

    /// For what waits for a database.
    java.util.concurrent.Executor blocking();

    /// Subscribes the sockets of those users that are on this node and not yet subscribed.
    void attachNewcomers(UUID conversationId, Set<UUID> userIds);
  }
}
