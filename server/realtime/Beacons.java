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

/// Notices what the bus lost.
///
/// Each node tells all others, four times a second, how far the conversations go that it committed
/// to lately, and counts these beacons. A receiver that misses a count, or hears a node fall
/// silent, asks the store about all its conversations at once: something may have been committed
/// and never told. A node that does not hear even its own beacons knows that Redis is away, and
/// asks the store every second until it hears them again. So a loss is noticed within a second, and
/// while Redis works the store is not asked in vain.
final class Beacons {
  private static final long PERIOD_MILLIS = 250;

  /// Three beacons missed. With the period and a store query it stays below the promised second.
  private static final long SILENCE_MILLIS = 700;

  /// A conversation is told in this many beacons after its last message.
  private static final int TOLD_TIMES = 3;

  private static final int MAX_TOLD = 20_000; // conversations in one beacon: half a megabyte
  private static final long POLL_AWAY_MILLIS = 1_000; // while Redis is away
  private static final long POLL_ANYHOW_MILLIS = 10_000; // whatever we did not think of
  private static final long FORGET_NODE_MILLIS = 60_000;
  private static final Logger log = LoggerFactory.getLogger(Beacons.class);

  private static final class Heard {
    long count;
    long atMillis;
    boolean silent;
  }

  private record Told(long seq, int timesLeft) {}

  private final UUID node;
  private final Bus bus;
  private final Hubs hubs;
  private final Changes changes;
  private final Map<UUID, Told> fresh = new ConcurrentHashMap<>();
  private final Map<UUID, Heard> heard = new ConcurrentHashMap<>();
  private final AtomicBoolean polling = new AtomicBoolean();
  private final ScheduledExecutorService timer;
  private long count; // only the timer's thread
  private long polledAtMillis = millis(); // only the timer's thread
  private volatile boolean pollDue;

  Beacons(UUID node, Bus bus, Hubs hubs, Changes changes, ScheduledExecutorService timer) {
    this.node = node;
    this.bus = bus;
    this.hubs = hubs;
    this.changes = changes;
    this.timer = timer;
  }

  void start() {
    Heard own = new Heard();
    own.atMillis = millis();
    heard.put(node, own);
    timer.scheduleAtFixedRate(this::tick, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  /// This node committed up to `seq`.
  void committed(UUID conversationId, long seq) {
    fresh.merge(
        conversationId,
        new Told(seq, TOLD_TIMES),
        (old, now) -> new Told(Math.max(old.seq(), now.seq()), TOLD_TIMES));
  }

  /// A beacon, of this node or another; on the bus's thread.
  void heard(UUID from, BusEvent.Beacon beacon) {
    Heard of = heard.computeIfAbsent(from, _ -> new Heard());
    synchronized (of) {
      boolean first = of.count == 0;
      if (!first && beacon.count() != of.count + 1 || of.silent) {
        pollDue = true;
      }
      of.count = beacon.count();
      of.atMillis = millis();
      of.silent = false;
    }
    if (!from.equals(node)) {
      beacon
          .heads()
          .forEach((id, seq) -> {
            Hub hub = hubs.find(id);
            if (hub != null) {
              hub.reaches(seq);
            }
          });
    }
  }

  /// Whether Redis passes events on, as far as this node can hear.
  boolean redisHeard() {
    Heard own = heard.get(node);
    return own != null && millis() - own.atMillis < SILENCE_MILLIS;
  }

  private void tick() {
    try {
      tell();
      listen();
      boolean away = !redisHeard();
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
    bus.publish(new BusEvent.Beacon(++count, heads));
    bus.flush();
  }

  private void listen() {
    long now = millis();
    heard.forEach((from, of) -> {
      synchronized (of) {
        if (!of.silent && now - of.atMillis > SILENCE_MILLIS) {
          of.silent = true;
          pollDue = true;
        }
      }
    });
    heard
        .entrySet()
        .removeIf(
            e -> !e.getKey().equals(node) && now - e.getValue().atMillis > FORGET_NODE_MILLIS);
  }

  private void poll() {
    if (!polling.compareAndSet(false, true)) {
      return;
    }
    pollDue = false;
    polledAtMillis = millis();
    hubs.blocking()
        .execute(() -> {
          try {
            hubs.poll();
            changes.poll();
          } catch (RuntimeException e) {
            log.warn("polling the store failed, trying again: {}", e.toString());
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
