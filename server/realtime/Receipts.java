package server.realtime;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.messages.Advance;
import server.messages.Cursor;
import server.messages.Message;
import server.messages.MessageStore;

/// Tells cursors that rose to those they concern: the senders of what was passed, and the reader's
/// other devices, here and on other nodes.
final class Receipts implements Consumer<List<Advance>> {
  /// Senders are looked for among the newest messages that were passed; who wrote before that
  /// learns by the receipts route.
  private static final int MAX_PASSED = 200;

  private static final Logger log = LoggerFactory.getLogger(Receipts.class);

  private final Hubs hubs;
  private final Sockets sockets;
  private final MessageStore store;
  private final Bus bus;

  Receipts(Hubs hubs, Sockets sockets, MessageStore store, Bus bus) {
    this.hubs = hubs;
    this.sockets = sockets;
    this.store = store;
    this.bus = bus;
  }

  /// Called after each flush of acknowledgements; the work goes to a thread that may wait.
  @Override
  public void accept(List<Advance> risen) {
    if (!risen.isEmpty()) {
      hubs.blocking().execute(() -> tellAll(risen));
    }
  }

  private void tellAll(List<Advance> risen) {
    for (Advance advance : risen) {
      try {
        tell(advance);
      } catch (RuntimeException e) {
        log.warn("a receipt was not told: {}", e.toString());
      }
    }
    bus.flush();
  }

  private void tell(Advance advance) {
    Cursor now = advance.now();
    Set<UUID> concerned = new HashSet<>(senders(advance));
    concerned.add(now.userId());
    var notice =
        new ServerFrame.ReceiptNotice(
            now.conversationId(), now.userId(), now.deviceId(), now.deliveredSeq(), now.readSeq());
    heard(new BusEvent.ReceiptRose(notice, concerned));
    bus.publish(now.conversationId(), new BusEvent.ReceiptRose(notice, concerned));
  }

  private Set<UUID> senders(Advance advance) {
    UUID id = advance.now().conversationId();
    // Reading may pass what was delivered long ago: the lower of the two is where it begins.
    long from =
        advance.now().readSeq() > advance.previousReadSeq()
            ? Math.min(advance.previousReadSeq(), advance.previousDeliveredSeq())
            : advance.previousDeliveredSeq();
    long to = advance.now().deliveredSeq();
    from = Math.max(from, to - MAX_PASSED);
    Hub hub = hubs.find(id);
    Set<UUID> senders = hub == null ? null : hub.senders(from, to);
    if (senders == null) {
      senders = new HashSet<>();
      for (Message message : store.readForward(id, from, to, MAX_PASSED)) {
        senders.add(message.senderUserId());
      }
    }
    return senders;
  }

  /// A receipt of this or another node: to this node's sockets.
  void heard(BusEvent.ReceiptRose rose) {
    var frame = new SharedFrame(rose.notice());
    for (UUID user : rose.users()) {
      for (ClientSocket socket : sockets.ofUser(user)) {
        if (!socket.isDevice(rose.notice().deviceId())) {
          socket.tell(rose.notice(), frame);
        }
      }
    }
  }
}
