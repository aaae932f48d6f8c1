package server.realtime;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.conversations.ConversationChange;

/// Notices what the bus lost.
///
/// Each node tells all others, four times a second, how far the conversations go that it committed
/// to lately, and counts these beacons and the changes of members it told. A receiver that misses a
/// count, or hears a node fall silent, asks the store about all its conversations at once:
/// something may have been committed and never told. A node that does not hear even its own beacons
/// knows that Redis is away; while that is so, or another node is silent, the store is asked every
/// second. So a loss is noticed within a second, and while Redis works the store is hardly asked in
/// vain.
final class Beacons {
  private static final long PERIOD_MILLIS = 250;

  /// Three beacons missed. With the period and a store query it stays below the promised second.
  private static final long SILENCE_MILLIS = 700;

  /// A conversation is told in this many beacons after its last message.
  private static final int TOLD_TIMES = 3;

  private static final int MAX_TOLD = 20_000; // conversations in one beacon: half a megabyte
  private static final long POLL_AWAY_MILLIS = 1_000; // while Redis or a node is away

  /// Whatever we did not think of, such as a node that never reached Redis, so that nobody knows of
  /// it: within the 5 s that are promised without Redis.
  private static final long POLL_ANYHOW_MILLIS = 4_000;

  private static final long FORGET_NODE_MILLIS = 60_000;
  private static final Logger log = LoggerFactory.getLogger(Beacons.class);

  /// What was heard of a node; guarded by itself.
  private static final class Heard {
    long count; // 0: nothing yet
    long changes;
    long atMillis = millis();
    boolean silent;
  }

  private record Told(long seq, int timesLeft) {}

  private final UUID node;
  private final Bus bus;
  private final Hubs hubs;
  private final Runnable pollMembers;
  private final Map<UUID, Told> fresh = new ConcurrentHashMap<>();
  private final Map<UUID, Heard> heard = new ConcurrentHashMap<>();
  private final Heard own = new Heard();
  private final AtomicBoolean polling = new AtomicBoolean();
  private long count; // guarded by telling
  private long changes; // guarded by telling
  private final Object telling =
      new Object(); // what is counted is published in order of the counts
  private long polledAtMillis = millis(); // only the timer's thread
  private volatile boolean pollDue;

  /// @param pollMembers finds changes of members that nobody told; blocks
  Beacons(UUID node, Bus bus, Hubs hubs, Runnable pollMembers) {
    this.node = node;
    this.bus = bus;
    this.hubs = hubs;
    this.pollMembers = pollMembers;
    heard.put(node, own);
  }

  void start(ScheduledExecutorService timer) {
    timer.scheduleAtFixedRate(this::tick, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  /// This node committed up to `seq`.
  void committed(UUID conversationId, long seq) {
    fresh.merge(
        conversationId,
        new Told(seq, TOLD_TIMES),
        (old, now) -> new Told(Math.max(old.seq(), now.seq()), TOLD_TIMES));
  }

  /// Tells every node of a change made here; a loss of it is noticed by its count.
  void tell(ConversationChange change) {
    synchronized (telling) {
      changes++;
      bus.publish(new BusEvent.Changed(change));
    }
    bus.flush();
  }

  /// Tells the others not to wait for more.
  void leave() {
    bus.publish(new BusEvent.Leaving());
    bus.flush();
  }

  /// Ask the store soon: something is known to be missing.
  void pollSoon() {
    pollDue = true;
  }

  /// A beacon, of this node or another; on the bus's thread.
  void heard(UUID from, BusEvent.Beacon beacon) {
    Heard of = heard.computeIfAbsent(from, _ -> new Heard());
    synchronized (of) {
      boolean first = of.count == 0;
      boolean gap = beacon.count() != of.count + 1 || beacon.changes() != of.changes;
      // The first of its own shows that it hears; what came before was not heard.
      if (of.silent || (first ? of == own : gap)) {
        pollDue = true;
      }
      of.count = beacon.count();
      of.changes = beacon.changes();
      of.atMillis = millis();
      of.silent = false;
    }
    if (of != own) {
      beacon.heads().forEach(this::reaches);
    }
  }

  private void reaches(UUID conversationId, long seq) {
    Hub hub = hubs.find(conversationId);
    if (hub != null) {
      hub.reaches(seq);
    }
  }

  /// A change of members that another node told.
  void heardChange(UUID from) {
    Heard of = heard.get(from);
    if (of != null) {
      synchronized (of) {
        of.changes++;
      }
    }
  }

  /// Another node stops.
  void heardLeaving(UUID from) {
    heard.remove(from);
    pollDue = true; // what it told last may be lost, and nobody will count it
  }

  private void tick() {
    try {
      tell();
      bus.renew();
      boolean away = silence();
      long since = millis() - polledAtMillis;
      if (pollDue || since > (away ? POLL_AWAY_MILLIS : POLL_ANYHOW_MILLIS)) {
        poll();
      }
    } catch (RuntimeException e) {
      log.warn("a beacon failed: {}", e.toString()); // the next one comes
    }
  }

  private void tell() {
    Map<UUID, Long> heads = new HashMap<>();
    for (var entry : fresh.entrySet()) {
      if (heads.size() == MAX_TOLD) {
        break;
      }
      UUID id = entry.getKey();
      Told told = entry.getValue();
      heads.put(id, told.seq());
      if (told.timesLeft() == 1) {
        fresh.remove(id, told);
      } else {
        fresh.replace(id, told, new Told(told.seq(), told.timesLeft() - 1));
      }
    }
    synchronized (telling) {
      bus.publish(new BusEvent.Beacon(++count, changes, heads));
    }
    bus.flush();
  }

  /// Whether this node or one it knows is silent now.
  private boolean silence() {
    long now = millis();
    boolean any = false;
    for (Heard of : heard.values()) {
      synchronized (of) {
        if (now - of.atMillis > SILENCE_MILLIS) {
          any = true;
          if (!of.silent) {
            of.silent = true;
            pollDue = true;
          }
          if (of != own && now - of.atMillis > FORGET_NODE_MILLIS) {
            heard.values().remove(of);
          }
        }
      }
    }
    return any;
  }

  private void poll() {
    if (!polling.compareAndSet(false, true)) {
      return;
    }
    pollDue = false;
    polledAtMillis = millis();
    hubs.later(
        0,
        () -> {
          try {
            hubs.poll();
            pollMembers.run();
          } catch (RuntimeException e) {
            hubs.reads().failed(e);
            pollDue = true;
          } finally {
            polling.set(false);
          }
        });
  }

  private static long millis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }
}
