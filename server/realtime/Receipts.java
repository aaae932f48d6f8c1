package server.realtime;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import server.messages.Advance;
import server.messages.Cursor;
import server.messages.Message;
import server.messages.MessageStore;

/// Tells cursors that rose to those they concern: the senders of what was passed, and the reader's
/// other devices, here and on other nodes.
///
/// They are told one after the other, so that a cursor is never told to fall; what rises again
/// while it waits is told once.
final class Receipts implements Consumer<List<Advance>> {
  /// Senders are looked for among the newest messages that were passed; who wrote before that
  /// learns by the receipts route.
  private static final int MAX_PASSED = 200;

  /// Cursors that wait to be told; some MB of heap. More are not told, the route still has them.
  private static final int MAX_WAITING = 20_000;

  private record Key(UUID conversationId, UUID deviceId) {}

  private final Hubs hubs;
  private final Sockets sockets;
  private final MessageStore store;
  private final Bus bus;
  private final Map<Key, Advance> waiting = new LinkedHashMap<>(); // guarded by itself
  private boolean telling; // guarded by waiting

  Receipts(Hubs hubs, Sockets sockets, MessageStore store, Bus bus) {
    this.hubs = hubs;
    this.sockets = sockets;
    this.store = store;
    this.bus = bus;
  }

  /// Called after each flush of acknowledgements; the work goes to a thread that may wait.
  @Override
  public void accept(List<Advance> risen) {
    synchronized (waiting) {
      for (Advance advance : risen) {
        Key key = new Key(advance.now().conversationId(), advance.now().deviceId());
        if (waiting.size() < MAX_WAITING || waiting.containsKey(key)) {
          waiting.merge(key, advance, Receipts::together);
        }
      }
      if (telling || waiting.isEmpty()) {
        return;
      }
      telling = true;
    }
    hubs.later(0, this::tellAll);
  }

  private static Advance together(Advance earlier, Advance later) {
    return new Advance(later.now(), earlier.previousDeliveredSeq(), earlier.previousReadSeq());
  }

  private void tellAll() {
    for (List<Advance> some = take(); !some.isEmpty(); some = take()) {
      for (Advance advance : some) {
        try {
          tell(advance);
        } catch (RuntimeException e) {
          hubs.reads().failed(e);
        }
      }
      bus.flush();
    }
  }

  private List<Advance> take() {
    synchronized (waiting) {
      List<Advance> all = List.copyOf(waiting.values());
      waiting.clear();
      telling = !all.isEmpty();
      return all;
    }
  }

  private void tell(Advance advance) {
    Cursor now = advance.now();
    Set<UUID> concerned = new HashSet<>();
    concerned.add(now.userId());
    senders(now, advance.previousDeliveredSeq(), now.deliveredSeq(), concerned);
    if (now.readSeq() <= advance.previousDeliveredSeq()) {
      senders(now, advance.previousReadSeq(), now.readSeq(), concerned); // delivered long ago
    } else {
      senders(now, advance.previousReadSeq(), advance.previousDeliveredSeq(), concerned);
    }
    var notice =
        new ServerFrame.ReceiptNotice(
            now.conversationId(), now.userId(), now.deviceId(), now.deliveredSeq(), now.readSeq());
    var rose = new BusEvent.ReceiptRose(notice, concerned);
    heard(rose);
    bus.publish(now.conversationId(), rose);
  }

  /// Adds who sent what lies in `afterSeq < seq <= toSeq`.
  private void senders(Cursor of, long afterSeq, long toSeq, Set<UUID> to) {
    long from = Math.max(afterSeq, toSeq - MAX_PASSED);
    if (from >= toSeq) {
      return;
    }
    UUID id = of.conversationId();
    Hub hub = hubs.find(id);
    Set<UUID> inMemory = hub == null ? null : hub.senders(from, toSeq);
    if (inMemory != null) {
      to.addAll(inMemory);
      return;
    }
    for (Message message :
        hubs.reads().take(() -> store.readForward(id, from, toSeq, MAX_PASSED))) {
      to.add(message.senderUserId());
    }
  }

  /// A receipt of this or another node: to this node's sockets. Only members learn of it, and the
  /// device's own socket only that its window has room again, when it did not acknowledge there.
  void heard(BusEvent.ReceiptRose rose) {
    ServerFrame.ReceiptNotice notice = rose.notice();
    var frame = new SharedFrame(notice);
    for (UUID user : rose.users()) {
      for (ClientSocket socket : sockets.ofUser(user)) {
        Subscription subscription = socket.subscriptions().get(notice.conversationId());
        if (subscription == null) {
          continue;
        }
        if (socket.isDevice(notice.deviceId())) {
          socket.acknowledged(subscription, notice.deliveredSeq());
        } else if (subscription.activeNow()) {
          socket.tell(notice, frame);
        }
      }
    }
  }
}
