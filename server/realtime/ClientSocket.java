package server.realtime;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import server.http.ApiError;
import server.http.Caller;
import server.limits.ClientAddress;

/// One device's WebSocket: what goes out on it. Everything passes the outbox; messages are pushed
/// by hubs or pulled by the pump, both counted against the window. Thread-safe.
final class ClientSocket {
  /// Messages that may be unacknowledged on one socket; what a reconnect may have to send again.
  static final int WINDOW = 4096;

  /// Frames whose answers are not there yet; bounds what one socket can have in the batcher.
  private static final int MAX_ANSWERS_DUE = 2048;

  /// From our close frame to the client's. One that is alive answers within a round trip; one that
  /// does not must not keep a revoked device's connection, or a stopping server.
  static final long CLOSE_PATIENCE_MILLIS = 2_000;

  private static final AtomicLong NUMBERS = new AtomicLong();

  private final long number = NUMBERS.incrementAndGet();
  private final Caller caller;
  private final Encoding encoding;
  private final SocketHandler handler;
  private final ClientAddress address;
  private final Map<UUID, Subscription> subscriptions = new ConcurrentHashMap<>();
  private final AtomicInteger unacknowledged = new AtomicInteger();
  private final AtomicInteger answersDue = new AtomicInteger();
  private final HeldReceipts receipts = new HeldReceipts();
  private final Pump pump;
  private final AtomicBoolean closing = new AtomicBoolean();
  private volatile CoreSession session;
  private volatile SocketListener listener;
  private volatile Outbox outbox;
  private volatile int unansweredPings;
  private volatile long openedAt;
  private volatile boolean stopped;
  private volatile boolean gone;

  ClientSocket(Caller caller, ClientAddress address, Encoding encoding, SocketHandler handler) {
    this.caller = caller;
    this.address = address;
    this.encoding = encoding;
    this.handler = handler;
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

  /// Tells the sockets of this process apart.
  long number() {
    return number;
  }

  /// It is its device's socket on this node from now on.
  void opened(long at) {
    openedAt = at;
  }

  /// By the [OpeningClock].
  long openedAt() {
    return openedAt;
  }

  Pump pump() {
    return pump;
  }

  Map<UUID, Subscription> subscriptions() {
    return subscriptions;
  }

  /// Jetty has upgraded the connection.
  void opened(CoreSession opened, SocketListener reader) {
    session = opened;
    listener = reader;
    outbox = new Outbox(opened, encoding, handler.flusher(), this::roomAgain);
    handler.opened(this);
  }

  private void roomAgain() {
    receipts.release(receipt -> outbox.offer(encoding.encode(receipt)));
    listener.readOn();
    pump.kick();
  }

  /// Whether the next frame may be read: there is room for its answer, or nobody will answer.
  boolean wantsMore() {
    return closing.get() || !stopped && outbox.hasRoom() && answersDue.get() < MAX_ANSWERS_DUE;
  }

  /// A frame's answer will come later, or not at all: for all that waits for a database.
  void answerDue() {
    answersDue.incrementAndGet();
  }

  /// What became of it.
  ///
  /// @param answer null for none
  void answered(ServerFrame answer) {
    if (answer != null) {
      answer(answer);
    }
    if (answersDue.getAndDecrement() == MAX_ANSWERS_DUE) {
      listener.readOn();
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
    return unacknowledged.get() < WINDOW && outbox.hasRoom() && !stopped;
  }

  /// Pushes a message that is the next of its subscription; under the hub's lock.
  ///
  /// @return false when there is no room, and nothing was sent
  boolean push(Subscription to, Tail.Entry entry) {
    if (!outbox.hasRoom() || stopped || !takeFromWindow()) {
      return false;
    }
    outbox.offer(entry.frame().bytes(encoding));
    to.sent(entry.message().seq());
    return true;
  }

  /// Hubs push at the same time: none of them may exceed the window.
  private boolean takeFromWindow() {
    int now;
    do {
      now = unacknowledged.get();
      if (now >= WINDOW) {
        return false;
      }
    } while (!unacknowledged.compareAndSet(now, now + 1));
    return true;
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
    if (receipts.isEmpty() && outbox.hasRoom()) {
      outbox.offer(frame.bytes(encoding));
      return;
    }
    receipts.hold(receipt);
    if (outbox.hasRoom()) { // it came while we looked, and nobody would release this one
      receipts.release(held -> outbox.offer(encoding.encode(held)));
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
    session.sendFrame(new Frame(OpCode.PING), Callback.NOOP, false);
    return true;
  }

  /// The client answered one.
  void ponged() {
    unansweredPings = 0;
  }

  /// Closes it, once: nothing that the client sends counts from now on, and nothing more is sent
  /// but the close frame, behind what is being written. A client that does not close in return is
  /// cut.
  void close(SocketClose why) {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    outbox.close();
    session.close(why.status(), Callback.NOOP);
    handler.closed(this);
    listener.readOn();
    abortSoon(handler.timer(), session);
  }

  /// Ends a connection that should have ended by itself by then.
  static void abortSoon(ScheduledExecutorService timer, CoreSession session) {
    try {
      timer.schedule(session::abort, CLOSE_PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException _) {
      session.abort(); // the node is gone already
    }
  }

  /// Whether it was closed from here.
  boolean closing() {
    return closing.get();
  }

  /// Ends a connection that no close frame would reach.
  void abort() {
    session.abort();
  }

  /// Jetty says that the connection is over.
  void ended() {
    gone = true;
    closing.set(true);
    if (outbox != null) {
      outbox.close();
      handler.closed(this);
    }
  }

  /// Whether the connection is over.
  boolean gone() {
    return gone;
  }

  long queuedBytes() {
    return outbox.bytes();
  }

  /// Reads no more frames and sends no more messages: for a server that goes away.
  void stop() {
    stopped = true;
  }

  /// Whether every frame that was read has had its answer.
  boolean answeredAll() {
    return answersDue.get() == 0;
  }
}
