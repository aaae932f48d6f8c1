package bench.load;

import bench.client.Connection;
import bench.client.Device;
import bench.client.Frame;
import bench.client.Listener;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/// One socket of a conversation: sends, receives, acknowledges, and judges what it gets. Lives on
/// its lane's loop.
final class Member implements Listener {
  private static final int MAX_TRIES = 100; // the kernel resets what its accept queue can't hold
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(200); // as clients do

  /// How it takes what comes.
  enum Reading {
    AT_ONCE,
    SLOWLY,
    NOT
  }

  private final Lane lane;
  private final Room room;
  private final int place;
  private final Device device;
  private final UnderWay underWay = new UnderWay();
  private final Arrived arrived;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final Reading reading;
  private final InetSocketAddress server;
  private Connection connection;
  private boolean away; // the socket was broken, and is not caught up again
  private long awayNanos; // since then
  private int tries;
  private long answered;
  private int unacknowledged;
  private long acknowledgedSeq = -1; // the last acknowledgement…
  private long acknowledgedNanos; // … and when it was written
  private String failure;

  /// @param reading while the run is measured
  Member(
      Lane lane, Room room, int place, Device device, Reading reading, InetSocketAddress server) {
    this.reading = reading;
    this.server = server;
    this.lane = lane;
    this.room = room;
    this.place = place;
    this.device = device;
    this.arrived = new Arrived(room.size());
  }

  Device device() {
    return device;
  }

  /// Opens its socket. Completed when the server has caught up with us: from now on messages come
  /// live.
  CompletableFuture<Void> open() {
    dial();
    return ready;
  }

  private void dial() {
    connection = lane.loop().open(server, device.accessToken(), lane.options().encoding(), this);
  }

  /// Its socket breaks, as all do behind a proxy that is restarted, and it comes back.
  void cut() {
    if (!away && connection.isOpen()) {
      away = true;
      awayNanos = System.nanoTime();
      tries = 0;
      unacknowledged = 0; // the cursor that it comes back with says it
      connection.cut();
    }
  }

  UnderWay underWay() {
    return underWay;
  }

  Arrived arrived() {
    return arrived;
  }

  /// Whether it is one that reads slowly or not at all, sends nothing, and is not waited for.
  boolean stalled() {
    return reading != Reading.AT_ONCE;
  }

  Reading reading() {
    return reading;
  }

  Connection connection() {
    return connection;
  }

  /// Its messages that were answered with `sent`.
  long answered() {
    return answered;
  }

  /// What should not have happened to the socket; null: nothing.
  String failure() {
    return failure;
  }

  /// Sends one that was due then.
  void send(long dueNanos) {
    long now = System.nanoTime();
    Tally tally = lane.tally();
    tally.due++;
    if (underWay.size() == UnderWay.MAX || !away && !connection.isOpen()) {
      tally.dropped++;
      return;
    }
    long number = underWay.add(room.receivers(this), now, dueNanos);
    if (away) {
      return; // it is sent by the next socket
    }
    write(number, dueNanos);
    tally.written++;
    Tally.record(tally.late, now - dueNanos);
    if (lane.bare()) {
      tally.sent++;
      underWay.answered(number); // nobody answers there
    }
  }

  private void write(long number, long dueNanos) {
    connection.send(
        number,
        room.conversation(),
        MessageIds.high(room.number() * room.size() + place, number),
        MessageIds.low(dueNanos),
        lane.content());
  }

  /// A bare server hands `send` frames on as they are: they look like a `sent` to the scanner, and
  /// have no `seq`.
  @Override
  public void frame(Connection from, Frame frame) {
    if (lane.bare() && frame.type() == Frame.Type.SENT) {
      received(frame, arrived.lastSeq() + 1);
    } else {
      Listener.super.frame(from, frame);
    }
  }

  @Override
  public void opened(Connection opened) {
    long seen = arrived.lastSeq();
    opened.resume(0, away && seen > 0 ? Map.of(room.conversation(), seen) : Map.of());
  }

  @Override
  public void caughtUp(Connection from, Frame frame) {
    ready.complete(null);
    if (away) {
      away = false;
      Tally.record(lane.tally().back, System.nanoTime() - awayNanos);
      underWay.unanswered(this::write); // the same ids: what was stored is not stored twice
    }
  }

  @Override
  public void sent(Connection from, Frame frame) {
    long number = frame.id();
    if (!underWay.knows(number)) {
      return;
    }
    long now = System.nanoTime();
    Tally tally = lane.tally();
    tally.sent++;
    answered++;
    Tally.record(tally.sendAck, now - MessageIds.dueNanos(frame.clientMessageIdLow()));
    Tally.record(tally.rawAck, now - underWay.writtenNanos(number));
    if (underWay.answered(number)) {
      completed();
    }
  }

  @Override
  public void message(Connection from, Frame frame) {
    received(frame, frame.seq());
  }

  private void received(Frame frame, long seq) {
    long high = frame.clientMessageIdHigh();
    int senderPlace = MessageIds.sender(high) - room.number() * room.size();
    long number = MessageIds.number(high);
    if (senderPlace < 0 || senderPlace >= room.size()) {
      return; // of an earlier run, in a database that is kept
    }
    boolean own = senderPlace == place; // which only a backlog has
    if (own) {
      arrived.passed(seq);
    }
    boolean isNew = !own && arrived.add(senderPlace, number, seq);
    if (++unacknowledged == 1) {
      lane.toAcknowledge(this);
    }
    if (unacknowledged >= lane.options().acknowledgeEvery()) {
      acknowledge();
    }
    if (!isNew || stalled()) {
      return;
    }
    long now = System.nanoTime();
    Tally tally = lane.tally();
    tally.deliveries++;
    Tally.record(tally.sendReceive, now - MessageIds.dueNanos(frame.clientMessageIdLow()));
    Member sender = room.members().get(senderPlace);
    if (sender.underWay.knows(number)) {
      Tally.record(tally.rawReceive, now - sender.underWay.writtenNanos(number));
      if (sender.underWay.received(number)) {
        sender.completed();
      }
    }
  }

  /// A notice that a receiver has acknowledged.
  @Override
  public void other(Connection from, Frame frame) {
    if (frame.type() != Frame.Type.RECEIPT) {
      return;
    }
    UUID who = frame.deviceId();
    for (Member member : room.members()) {
      if (member.device.deviceId().equals(who) && member.acknowledgedSeq == frame.deliveredSeq()) {
        member.acknowledgedSeq = -1; // told once, whoever else is told of it
        Tally.record(lane.tally().acknowledged, System.nanoTime() - member.acknowledgedNanos);
      }
    }
  }

  private void completed() {
    lane.tally().completed++;
    lane.completed(this);
  }

  /// Acknowledges everything so far.
  void acknowledge() {
    if (unacknowledged > 0) {
      unacknowledged = 0;
      connection.delivered(room.conversation(), arrived.lastSeq());
      acknowledgedSeq = arrived.lastSeq();
      acknowledgedNanos = System.nanoTime();
      lane.tally().acknowledgements++;
    }
  }

  @Override
  public void refused(Connection from, Frame frame) {
    Tally tally = lane.tally();
    if (frame.hasId() && underWay.knows(frame.id())) {
      underWay.refused(frame.id());
      tally.refused++;
      tally.firstRefusal = tally.firstRefusal == null ? frame.errorCode() : tally.firstRefusal;
      lane.refused(this, frame.retryAfterSeconds());
    } else {
      failure = "error frame " + frame.errorCode();
    }
  }

  @Override
  public void closed(Connection from, int code, String reason) {
    if (away && from == connection && !lane.ending() && ++tries <= MAX_TRIES) {
      if (tries == 1) {
        dial(); // the one that we broke: at once, as everybody does
      } else {
        lane.loop().later(RETRY_NANOS, this::dial);
      }
      return;
    }
    String why = ("socket closed with " + code + " " + reason).strip();
    ready.completeExceptionally(new CompletionException(why, null));
    if (!lane.ending()) {
      failure = why;
    }
  }
}
