package server.realtime;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.accounts.Revoked;
import server.conversations.ConversationChange;
import server.conversations.Conversations;
import server.conversations.Memberships;
import server.http.ApiError;
import server.http.Caller;
import server.http.Faults;
import server.limits.ClientAddress;
import server.limits.RateLimits;
import server.messages.Acknowledgement;
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

  private static final int FLUSHERS =
      2; // writing to sockets is most of the work; one per core here
  private static final long DRAIN_MILLIS = 5_000; // for answers in flight when the server goes away
  private static final long DRAIN_LOOK_MILLIS = 10;
  private static final Logger log = LoggerFactory.getLogger(Realtime.class);

  private final UUID node = UUID.randomUUID();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("realtime-timer").daemon().factory());
  private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
  private final Flusher flusher = new Flusher(FLUSHERS);
  private final Sockets sockets = new Sockets();
  private final Bus bus;
  private final Hubs hubs;
  private final Changes changes;
  private final Beacons beacons;
  private final Receipts receipts;
  private final PresenceBoard presence;
  private final Heartbeat heartbeat;

  /// Joins the nodes on this Redis; sockets come with [#endpoint].
  public Realtime(
      MessageStore store,
      Memberships memberships,
      Conversations conversations,
      org.jooq.DSLContext dsl,
      Redis redis) {
    this.bus = new Bus(redis, NAMESPACE, node, this::heard);
    this.hubs = new Hubs(sockets, store, memberships, bus, this::committed, timer, blocking);
    this.changes = new Changes(hubs, sockets, memberships, conversations, bus);
    this.beacons = new Beacons(node, bus, hubs, changes, timer);
    this.receipts = new Receipts(hubs, sockets, store, bus);
    this.presence = new PresenceBoard(redis, NAMESPACE, node, bus, hubs, sockets, dsl);
    this.heartbeat = new Heartbeat(sockets, timer);
    beacons.start();
    presence.start();
    heartbeat.start();
  }

  private void committed(UUID conversationId, long seq) {
    beacons.committed(conversationId, seq);
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
    return revoked -> {
      ClientSocket socket = sockets.ofDevice(revoked.deviceId());
      if (socket != null && socket.caller().sessionId().equals(revoked.sessionId())) {
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
    return new WebSocketEndpoint(
        upgrades, new Handler(batcher, acknowledging, limits, upgrades.revoked()));
  }

  /// Counts what is here.
  public void register(MeterRegistry registry) {
    Gauge.builder("vyry.sockets", sockets, Sockets::count).register(registry);
    Gauge.builder("vyry.hubs", hubs, h -> h.all().size()).register(registry);
    Gauge.builder(
            "vyry.sockets.queued",
            sockets,
            s -> s.all().stream().mapToLong(ClientSocket::queuedBytes).sum())
        .baseUnit("bytes")
        .register(registry);
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
      case BusEvent.Changed(var change) -> changes.heard(change);
      case BusEvent.PresenceChanged changed -> presence.heard(changed);
      case BusEvent.PresenceTold told -> presence.heard(told);
      case BusEvent.DeviceOpened(var device) -> {
        ClientSocket older = sockets.ofDevice(device);
        if (older != null) {
          older.close(SocketClose.REPLACED);
        }
      }
    }
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

  /// Closes all sockets with 1001, after the answers that are under way. New ones are not to come.
  public void drain() {
    List<ClientSocket> open = sockets.all();
    open.forEach(ClientSocket::stopReading);
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DRAIN_MILLIS);
    while (!open.stream().allMatch(ClientSocket::idle) && System.nanoTime() < deadline) {
      java.util.concurrent.locks.LockSupport.parkNanos(
          TimeUnit.MILLISECONDS.toNanos(DRAIN_LOOK_MILLIS));
    }
    open.forEach(socket -> socket.close(SocketClose.GOING_AWAY));
  }

  @Override
  public void close() {
    timer.shutdownNow();
    flusher.close();
    blocking.shutdown();
    bus.close();
  }

  private final class Handler implements SocketHandler {
    private final Batcher batcher;
    private final Acknowledging acknowledging;
    private final RateLimits limits;
    private final Predicate<Caller> revoked;
    private final Resuming resuming;

    Handler(
        Batcher batcher,
        Acknowledging acknowledging,
        RateLimits limits,
        Predicate<Caller> revoked) {
      this.revoked = revoked;
      this.batcher = batcher;
      this.acknowledging = acknowledging;
      this.limits = limits;
      this.resuming = new Resuming(hubs, acknowledging);
    }

    @Override
    public Flusher flusher() {
      return flusher;
    }

    @Override
    public Pump pump(ClientSocket socket) {
      return new Pump(socket, hubs, resuming);
    }

    @Override
    public void opened(ClientSocket socket) {
      Caller caller = socket.caller();
      boolean firstOfUser = !sockets.hasUser(caller.userId());
      ClientSocket older = sockets.add(socket);
      if (older != null) {
        older.close(SocketClose.REPLACED);
      }
      if (revoked.test(caller)) { // between the upgrade and now, when nobody knew of this socket
        socket.close(SocketClose.REVOKED);
        return;
      }
      bus.publish(new BusEvent.DeviceOpened(caller.deviceId()));
      bus.flush();
      socket.answer(
          new ServerFrame.Welcome(
              caller.deviceId(), nodeId(), ClientSocket.WINDOW, Heartbeat.PERIOD_SECONDS));
      blocking.execute(() ->
          quietly(() -> {
            hubs.attachAll(socket);
            if (firstOfUser) {
              presence.came(caller.userId());
            }
          }));
    }

    @Override
    public void closed(ClientSocket socket) {
      socket.pump().close();
      if (sockets.remove(socket)) {
        blocking.execute(() ->
            quietly(() -> {
              hubs.detach(socket);
              if (!sockets.hasUser(socket.userId())) {
                presence.left(socket.userId());
              }
            }));
      }
    }

    private void quietly(Runnable step) {
      try {
        step.run();
      } catch (RuntimeException e) {
        log.warn("a socket's coming or going was not told everywhere: {}", e.toString());
      }
    }

    @Override
    public void received(ClientSocket socket, ClientFrame frame) {
      switch (frame) {
        case ClientFrame.Send send -> send(socket, send);
        case ClientFrame.Acknowledge ack -> acknowledge(socket, ack);
        case ClientFrame.Typing typing -> type(socket, typing);
        case ClientFrame.Resume resume -> socket.pump().resume(resume);
        case ClientFrame.Ping ping -> socket.answer(new ServerFrame.Pong(ping.id(), Instant.now()));
      }
    }

    private void send(ClientSocket socket, ClientFrame.Send send) {
      ClientAddress address = socket.address();
      limits.take(server.limits.Limit.SEND, socket.userId(), address);
      socket.sendBegun();
      batcher.offer(send.draft(socket.caller()), new SocketSender(socket, send));
    }

    private void acknowledge(ClientSocket socket, ClientFrame.Acknowledge ack) {
      var acknowledgement =
          new Acknowledgement(
              ack.conversationId(),
              socket.userId(),
              socket.caller().deviceId(),
              ack.seq(),
              ack.read() ? ack.seq() : 0);
      Subscription subscription = socket.subscriptions().get(ack.conversationId());
      long known = subscription == null ? 0 : subscription.readable();
      if (ack.seq() <= known) {
        acknowledging.acknowledge(acknowledgement, known); // looks nothing up
        socket.acknowledged(subscription, ack.seq());
      } else {
        blocking.execute(() -> lookUpAndAcknowledge(socket, ack, acknowledgement));
      }
    }

    private void lookUpAndAcknowledge(
        ClientSocket socket, ClientFrame.Acknowledge ack, Acknowledgement acknowledgement) {
      try {
        acknowledging.acknowledge(acknowledgement, 0);
        Subscription subscription = socket.subscriptions().get(ack.conversationId());
        if (subscription != null) {
          socket.acknowledged(subscription, ack.seq());
        }
      } catch (RuntimeException e) {
        socket.refuse(ack.id(), fault(e));
      }
    }

    private void type(ClientSocket socket, ClientFrame.Typing typing) {
      Subscription subscription = socket.subscriptions().get(typing.conversationId());
      if (subscription == null || !subscription.activeNow()) {
        throw ApiError.notAMember();
      }
      if (subscription.hub.members().size() > PresenceBoard.MAX_MEMBERS) {
        return;
      }
      var notice =
          new ServerFrame.Typing(typing.conversationId(), socket.userId(), typing.active());
      typed(notice);
      bus.publish(typing.conversationId(), new BusEvent.Typed(notice));
      bus.flush();
    }

    @Override
    public ApiError fault(RuntimeException e) {
      return Faults.answer(e);
    }
  }
}
