package server.realtime;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jooq.DSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.accounts.Revoked;
import server.conversations.ConversationChange;
import server.conversations.Conversations;
import server.conversations.Memberships;
import server.http.Caller;
import server.limits.RateLimits;
import server.messages.Acknowledging;
import server.messages.Advance;
import server.messages.Batcher;
import server.messages.MessageStore;
import server.redis.Redis;

/// Everything that happens on sockets, wired together.
///
/// The way of a message: frame → [FrameReader] → [Batcher] → one commit for many senders →
/// [Hubs#message]: the conversation's [Hub] hands it to the sockets here ([Outbox], [Flusher]), the
/// [Bus] to the other nodes, whose hubs do the same. Who is behind, after a resume or because it
/// reads slowly, pulls through its [Pump]. [Beacons] find what got lost on the way.
public final class Realtime implements AutoCloseable {
  /// First part of every Redis channel's and key's name.
  private static final String NAMESPACE = "vyry";

  /// Writing to sockets is most of the work; more threads would only take turns.
  private static final int FLUSHERS = 2;

  /// When the server goes away: for answers that are under way (a commit's statement timeout), for
  /// what is queued (a client that reads does it in a moment), for clients to close in return.
  private static final long DRAIN_ANSWERS_MILLIS = 5_000;

  private static final long DRAIN_QUEUES_MILLIS = 1_000;
  private static final long DRAIN_CLOSES_MILLIS = 1_000;
  private static final long DRAIN_LOOK_MILLIS = 5;
  private static final long CLOSE_TIMEOUT_MILLIS = 2_000; // for telling that the last users left
  private static final long TAIL_AGE_MILLIS = 2_000; // most readers that are behind are so for less
  private static final Logger log = LoggerFactory.getLogger(Realtime.class);

  private final UUID node = UUID.randomUUID();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("realtime-timer").daemon().factory());
  private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
  private final Flusher flusher = new Flusher(FLUSHERS);
  private final Sockets sockets = new Sockets(node, new OpeningClock(InstantSource.system()));
  private final Bus bus;
  private final Hubs hubs;
  private final Changes changes;
  private final Beacons beacons;
  private final Receipts receipts;
  private final PresenceBoard presence;
  private final Heartbeat heartbeat;
  private volatile Predicate<Caller> revoked = _ -> false;
  private volatile boolean draining;

  /// Joins the nodes on this Redis; sockets come with [#endpoint].
  public Realtime(
      MessageStore store,
      Memberships memberships,
      Conversations conversations,
      DSLContext dsl,
      Redis redis) {
    this(store, memberships, conversations, dsl, redis, Heartbeat.PERIOD);
  }

  /// @param heartbeat between two pings
  Realtime(
      MessageStore store,
      Memberships memberships,
      Conversations conversations,
      DSLContext dsl,
      Redis redis,
      Duration heartbeat) {
    this.bus = new Bus(redis, NAMESPACE, node);
    this.hubs =
        new Hubs(sockets, store, memberships, bus, flusher, this::committed, timer, blocking);
    this.changes = new Changes(hubs, sockets, memberships, conversations, this::tell);
    this.beacons = new Beacons(node, bus, hubs, changes::poll);
    this.receipts = new Receipts(hubs, sockets, store, bus);
    this.presence = new PresenceBoard(redis, NAMESPACE, node, bus, hubs, sockets, dsl, blocking);
    this.heartbeat = new Heartbeat(sockets, heartbeat);
    bus.listen(this::heard);
    beacons.start(timer);
    every(PresenceBoard.RENEW_MILLIS, presence::renew);
    every(TAIL_AGE_MILLIS, () -> hubs.all().forEach(Hub::age));
    every(heartbeat.toMillis(), this.heartbeat::beat);
  }

  /// Tells `seen` every heartbeat which devices have a socket here: they are active without asking.
  public void tellSeen(Consumer<UUID> seen) {
    every(
        Heartbeat.PERIOD.toMillis(),
        () -> sockets.all().forEach(socket -> seen.accept(socket.caller().deviceId())));
  }

  /// Not on the timer's thread, which beacons need in time.
  private void every(long periodMillis, Runnable task) {
    timer.scheduleAtFixedRate(
        () -> hubs.later(0, task), periodMillis, periodMillis, TimeUnit.MILLISECONDS);
  }

  private void committed(UUID conversationId, long seq) {
    beacons.committed(conversationId, seq);
  }

  private void tell(ConversationChange change) {
    beacons.tell(change);
  }

  /// Where the batcher's commits go.
  public Batcher.Committed commits() {
    return hubs;
  }

  /// Where risen cursors go.
  public Consumer<List<Advance>> advances() {
    return receipts;
  }

  /// Where changes of conversations go.
  public ConversationChange.Listener conversationChanges() {
    return changes;
  }

  /// Where revocations go: the device's socket is closed when it was opened with that session.
  public Revoked.Listener revocations() {
    return ended -> {
      ClientSocket socket = sockets.ofDevice(ended.deviceId());
      if (socket != null && socket.caller().sessionId().equals(ended.sessionId())) {
        socket.close(SocketClose.REVOKED);
      }
    };
  }

  /// The node's id, for people.
  public String nodeId() {
    return node.toString();
  }

  /// What sockets do, to be served at `/ws`.
  public WebSocketEndpoint endpoint(
      WebSocketEndpoint.Upgrades upgrades,
      Batcher batcher,
      Acknowledging acknowledging,
      RateLimits limits) {
    revoked = upgrades.revoked();
    return new WebSocketEndpoint(upgrades, new Frames(this, hubs, batcher, acknowledging, limits));
  }

  /// Counts what is here.
  public void register(MeterRegistry registry) {
    Gauge.builder("vyry.sockets", sockets, Sockets::count).register(registry);
    Gauge.builder("vyry.hubs", hubs, h -> h.all().size()).register(registry);
    Gauge.builder("vyry.sockets.queued", sockets, Sockets::queuedBytes)
        .baseUnit("bytes")
        .register(registry);
  }

  Flusher flusher() {
    return flusher;
  }

  ScheduledExecutorService timer() {
    return timer;
  }

  /// A socket is open. The welcome is first in its outbox, before anybody else can reach it.
  void opened(ClientSocket socket) {
    Caller caller = socket.caller();
    socket.answer(
        new ServerFrame.Welcome(
            caller.deviceId(), nodeId(), ClientSocket.WINDOW, heartbeat.periodSeconds()));
    ClientSocket older = sockets.add(socket);
    if (older != null) {
      older.close(SocketClose.REPLACED);
    }
    if (older == socket) {
      return;
    }
    if (revoked.test(caller)) { // between the upgrade and now, when nobody knew of this socket
      socket.close(SocketClose.REVOKED);
      return;
    }
    if (draining) {
      socket.close(SocketClose.GOING_AWAY);
      return;
    }
    bus.publish(new BusEvent.DeviceOpened(caller.deviceId(), socket.openedAt()));
    bus.flush();
    hubs.later(
        0,
        () -> {
          try {
            hubs.attachAll(socket);
          } catch (RuntimeException e) {
            hubs.reads().failed(e); // its resume attaches it
          }
        });
    presence.changed(caller.userId(), true);
  }

  /// A socket is gone, or is being closed; may be called more than once.
  void closed(ClientSocket socket) {
    socket.pump().close();
    if (sockets.remove(socket)) {
      hubs.later(0, () -> hubs.detach(socket));
      if (!sockets.hasUser(socket.userId())) {
        presence.changed(socket.userId(), false);
      }
    }
  }

  /// Tells the others that a user types, here and on other nodes.
  void type(ClientSocket socket, ClientFrame.Typing typing) {
    var notice = new ServerFrame.Typing(typing.conversationId(), socket.userId(), typing.active());
    typed(notice);
    bus.publish(typing.conversationId(), new BusEvent.Typed(notice));
    bus.flush();
  }

  private void typed(ServerFrame.Typing typing) {
    Hub hub = hubs.find(typing.conversationId());
    if (hub != null) {
      var frame = new SharedFrame(typing);
      hub.forEach(subscription -> {
        if (subscription.active() && !subscription.socket.userId().equals(typing.userId())) {
          subscription.socket.tell(frame);
        }
      });
    }
  }

  private void heard(BusCodec.Received received) {
    switch (received.event()) {
      case BusEvent.Committed(var message, var version) -> {
        Hub hub = hubs.find(message.conversationId());
        if (hub != null) {
          hub.arrived(message, version);
        }
      }
      case BusEvent.Reaches(var id, var seq) -> {
        Hub hub = hubs.find(id);
        if (hub != null) {
          hub.reaches(seq);
        }
      }
      case BusEvent.ReceiptRose rose -> receipts.heard(rose);
      case BusEvent.Typed(var typing) -> typed(typing);
      case BusEvent.Beacon beacon -> beacons.heard(received.node(), beacon);
      case BusEvent.Leaving() -> beacons.heardLeaving(received.node());
      case BusEvent.Changed(var change) -> {
        beacons.heardChange(received.node());
        changes.heard(change);
      }
      case BusEvent.PresenceChanged changed -> presence.heard(changed);
      case BusEvent.PresenceTold told -> presence.heard(told);
      case BusEvent.DeviceOpened opened -> {
        ClientSocket older = sockets.heard(opened, received.node());
        if (older != null) {
          older.close(SocketClose.REPLACED);
        }
      }
    }
  }

  /// Closes all sockets with 1001, after the answers that are under way, and those that come from
  /// now on. Returns when clients have closed in return, or were given the time for it.
  public void drain() {
    long start = System.nanoTime();
    draining = true;
    List<ClientSocket> open = sockets.all();
    open.forEach(ClientSocket::stop);
    boolean answered = await(open, ClientSocket::answeredAll, DRAIN_ANSWERS_MILLIS);
    boolean written = await(open, socket -> socket.queuedBytes() == 0, DRAIN_QUEUES_MILLIS);
    open.forEach(socket -> socket.close(SocketClose.GOING_AWAY));
    boolean closed = await(open, ClientSocket::gone, DRAIN_CLOSES_MILLIS);
    if (!closed) {
      open.forEach(ClientSocket::abort);
      await(open, ClientSocket::gone, DRAIN_CLOSES_MILLIS);
    }
    log.info(
        "closed {} sockets in {} ms{}{}{}",
        open.size(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start),
        answered ? "" : "; some answers did not come",
        written ? "" : "; some clients did not read",
        closed ? "" : "; some did not close in return");
  }

  private static boolean await(
      List<ClientSocket> sockets, Predicate<ClientSocket> condition, long mostMillis) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(mostMillis);
    while (!sockets.stream().allMatch(condition.or(ClientSocket::gone))) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(DRAIN_LOOK_MILLIS));
    }
    return true;
  }

  @Override
  public void close() {
    beacons.leave();
    timer.shutdownNow();
    blocking.shutdown();
    try {
      if (!blocking.awaitTermination(CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
        log.info("some sockets' comings and goings were not told everywhere");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    flusher.close();
    bus.close();
  }
}
