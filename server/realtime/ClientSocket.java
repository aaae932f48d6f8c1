package server.realtime;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.common.WebSocketSession;
import org.eclipse.jetty.websocket.core.CoreSession;
import server.http.ApiError;
import server.http.Caller;
import server.limits.ClientAddress;

/// One device's WebSocket.
///
/// Jetty calls the listener methods one at a time. The next frame is asked for only while there is
/// room for answers, so a client that sends and does not read waits for itself. Everything that
/// goes out passes the outbox; messages are pushed by hubs or pulled by the pump, both counted
/// against the window. Public only because Jetty looks its methods up.
public final class ClientSocket implements Session.Listener {
  /// Messages that may be unacknowledged on one socket; what a reconnect may have to send again.
  static final int WINDOW = 4096;

  /// Sends whose answers are not there yet; bounds what one socket can have in the batcher.
  private static final int MAX_SENDS_IN_FLIGHT = 2048;

  /// Receipts that wait for a slow reader; beyond it the oldest is dropped, the routes still tell
  /// it.
  private static final int MAX_HELD_RECEIPTS = 1024;

  private record ReceiptKey(UUID conversationId, UUID deviceId) {}

  private final Caller caller;
  private final Encoding encoding;
  private final SocketHandler handler;
  private final ClientAddress address;
  private final FrameAllowance allowance;
  private final Map<UUID, Subscription> subscriptions = new ConcurrentHashMap<>();
  private final AtomicInteger unacknowledged = new AtomicInteger();
  private final AtomicInteger sendsInFlight = new AtomicInteger();
  private final Map<ReceiptKey, ServerFrame.ReceiptNotice> heldReceipts =
      new LinkedHashMap<>(); // guarded by itself
  private final Pump pump;
  private volatile Session session;
  private volatile CoreSession core;
  private volatile Outbox outbox;
  private volatile int unansweredPings;
  private volatile boolean stopped;
  private boolean demandDue; // guarded by this

  ClientSocket(
      Caller caller,
      ClientAddress address,
      Encoding encoding,
      SocketHandler handler,
      FrameAllowance allowance) {
    this.caller = caller;
    this.address = address;
    this.encoding = encoding;
    this.handler = handler;
    this.allowance = allowance;
    this.pump = handler.pump(this);
  }

  Caller caller() {
    return caller;
  }

  ClientAddress address() {
    return address;
  }

  UUID userId() {
    return caller.userId();
  }

  boolean isDevice(UUID deviceId) {
    return caller.deviceId().equals(deviceId);
  }

  Pump pump() {
    return pump;
  }

  Map<UUID, Subscription> subscriptions() {
    return subscriptions;
  }

  @Override
  public void onWebSocketOpen(Session opened) {
    session = opened;
    core = ((WebSocketSession) opened).getCoreSession();
    outbox = new Outbox(core, encoding, handler.flusher(), this::roomAgain);
    handler.opened(this);
    demand();
  }

  @Override
  public void onWebSocketText(String text) {
    received(Encoding.JSON, text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    callback.succeed();
    received(Encoding.CBOR, bytes);
  }

  private void received(Encoding used, byte[] payload) {
    if (!allowance.take()) {
      close(SocketClose.TOO_MANY_FRAMES);
      return;
    }
    var reader = new FrameReader();
    try {
      if (used != encoding) {
        throw ApiError.invalid(
            "this socket speaks "
                + encoding.subProtocol()
                + "; ask for the other sub-protocol to change that");
      }
      handler.received(this, reader.read(encoding, payload));
    } catch (ApiError e) {
      refuse(reader.id(), e);
    } catch (RuntimeException e) {
      refuse(reader.id(), handler.fault(e));
    }
    demand();
  }

  @Override
  public void onWebSocketPing(ByteBuffer payload) {
    session.sendPong(payload, Callback.NOOP);
    demand();
  }

  @Override
  public void onWebSocketPong(ByteBuffer payload) {
    unansweredPings = 0;
    demand();
  }

  @Override
  public void onWebSocketClose(int status, String reason, Callback callback) {
    callback.succeed();
    ended();
  }

  @Override
  public void onWebSocketError(Throwable cause) {
    ended(); // Jetty closes it; a client's broken connection is no fault of ours
  }

  private void ended() {
    if (outbox != null) {
      outbox.close();
      handler.closed(this);
    }
  }

  /// Asks Jetty for the next frame, now or when there is room for its answer.
  private void demand() {
    synchronized (this) {
      demandDue = true;
    }
    demandIfRoom();
  }

  private void demandIfRoom() {
    synchronized (this) {
      if (stopped
          || !demandDue
          || !outbox.hasRoom()
          || sendsInFlight.get() >= MAX_SENDS_IN_FLIGHT) {
        return;
      }
      demandDue = false;
    }
    session.demand();
  }

  private void roomAgain() {
    releaseReceipts();
    demandIfRoom();
    pump.kick();
  }

  /// A send was handed to the batcher; its answer will come.
  void sendBegun() {
    sendsInFlight.incrementAndGet();
  }

  /// The answer to a send.
  void sendEnded(ServerFrame answer) {
    answer(answer);
    if (sendsInFlight.getAndDecrement() == MAX_SENDS_IN_FLIGHT) {
      demandIfRoom();
    }
  }

  /// An answer to one of this client's own frames; bounded because the next frame waits for room.
  void answer(ServerFrame frame) {
    outbox.offer(encoding.encode(frame));
  }

  void refuse(long id, ApiError error) {
    answer(new ServerFrame.Refused(id, error));
  }

  /// Whether a message may go out now: window and outbox have room.
  boolean hasRoom() {
    return unacknowledged.get() < WINDOW && outbox.hasRoom();
  }

  /// Pushes a message that is the next of its subscription; under the hub's lock.
  ///
  /// @return false when there is no room, and nothing was sent
  boolean push(Subscription to, Tail.Entry entry) {
    if (!hasRoom()) {
      return false;
    }
    outbox.offer(entry.frame().bytes(encoding));
    to.sent(entry.message().seq());
    unacknowledged.incrementAndGet();
    return true;
  }

  /// A subscription needs pulling; under the hub's lock.
  void fellBehind(Subscription subscription) {
    pump.fellBehind(subscription);
  }

  /// A cumulative acknowledgement of this device: frees room in the window.
  void acknowledged(Subscription subscription, long seq) {
    subscription.hub.lock.lock();
    try {
      unacknowledged.addAndGet(-subscription.acknowledged(seq));
    } finally {
      subscription.hub.lock.unlock();
    }
    pump.kick();
  }

  /// A subscription starts anew from another position: what it had sent counts no more. Under the
  /// hub's lock.
  void forgotten(Subscription subscription) {
    unacknowledged.addAndGet(-subscription.unacknowledged);
    subscription.unacknowledged = 0;
    subscription.lastSent = 0;
  }

  /// Tells something that may be lost: dropped when the socket has no room.
  void tell(SharedFrame frame) {
    if (outbox.hasRoom()) {
      outbox.offer(frame.bytes(encoding));
    }
  }

  /// Tells a receipt; while there is no room only the latest of each device is kept.
  void tell(ServerFrame.ReceiptNotice receipt, SharedFrame frame) {
    if (outbox.hasRoom()) {
      outbox.offer(frame.bytes(encoding));
      return;
    }
    synchronized (heldReceipts) {
      heldReceipts.put(new ReceiptKey(receipt.conversationId(), receipt.deviceId()), receipt);
      if (heldReceipts.size() > MAX_HELD_RECEIPTS) {
        heldReceipts.remove(heldReceipts.keySet().iterator().next());
      }
    }
  }

  private void releaseReceipts() {
    synchronized (heldReceipts) {
      heldReceipts.values().forEach(receipt -> outbox.offer(encoding.encode(receipt)));
      heldReceipts.clear();
    }
  }

  /// One heartbeat.
  ///
  /// @return false when the client has answered none of the last `allowed`
  boolean ping(int allowed) {
    if (unansweredPings >= allowed) {
      return false;
    }
    unansweredPings++; // only the heartbeat's thread adds
    session.sendPing(ByteBuffer.allocate(0), Callback.NOOP);
    return true;
  }

  void close(SocketClose why) {
    session.close(why.code(), why.reason(), Callback.NOOP);
  }

  /// Ends a connection that no close frame would reach.
  void abort() {
    core.abort();
  }

  long queuedBytes() {
    return outbox.bytes();
  }

  /// Reads no more frames: for a server that goes away.
  void stopReading() {
    stopped = true;
  }

  /// Whether every send was answered and every answer written.
  boolean idle() {
    return sendsInFlight.get() == 0 && outbox.bytes() == 0;
  }
}
