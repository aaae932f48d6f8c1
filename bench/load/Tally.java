package bench.load;

import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/// What was counted and timed; for one thread, and added up at the end. Times are nanoseconds.
public final class Tally {
  private static final long MAX_NANOS = 600_000_000_000L; // longer than any run
  private static final int DIGITS = 3;

  /// From when it was due to its `sent`.
  final Histogram sendAck = new Histogram(MAX_NANOS, DIGITS);

  /// From when it was due to each receiver.
  final Histogram sendReceive = new Histogram(MAX_NANOS, DIGITS);

  /// The same from when it was written: what a loader that waits for its turn would say.
  final Histogram rawAck = new Histogram(MAX_NANOS, DIGITS);

  final Histogram rawReceive = new Histogram(MAX_NANOS, DIGITS);

  /// From an acknowledgement's writing to the notice of it at a sender; of the last one of each
  /// receiver, because notices are conflated.
  final Histogram acknowledged = new Histogram(MAX_NANOS, DIGITS);

  /// From when a socket was broken to when it was caught up again.
  final Histogram back = new Histogram(MAX_NANOS, DIGITS);

  /// From when it was due to when it was written.
  final Histogram late = new Histogram(MAX_NANOS, DIGITS);

  long due; // messages whose time came
  long written;
  long sent; // answered with `sent`
  long completed; // sent, and with all receivers
  long deliveries;
  long acknowledgements; // frames
  long refused;
  long dropped; // due, but too many were under way
  String firstRefusal;

  /// Forgets what was timed and counted so far.
  void clear() {
    sendAck.reset();
    sendReceive.reset();
    rawAck.reset();
    rawReceive.reset();
    late.reset();
    acknowledged.reset();
    back.reset();
    due = written = sent = completed = deliveries = acknowledgements = refused = dropped = 0;
  }

  /// A copy, to go on counting.
  Tally copy() {
    var copy = new Tally();
    copy.add(this);
    return copy;
  }

  void add(Tally other) {
    sendAck.add(other.sendAck);
    sendReceive.add(other.sendReceive);
    rawAck.add(other.rawAck);
    rawReceive.add(other.rawReceive);
    late.add(other.late);
    acknowledged.add(other.acknowledged);
    back.add(other.back);
    due += other.due;
    written += other.written;
    sent += other.sent;
    completed += other.completed;
    deliveries += other.deliveries;
    acknowledgements += other.acknowledgements;
    refused += other.refused;
    dropped += other.dropped;
    firstRefusal = firstRefusal == null ? other.firstRefusal : firstRefusal;
  }

  /// What came since `before`, a copy of this at an earlier time.
  Tally since(Tally before) {
    Tally since = copy();
    since.sendAck.subtract(before.sendAck);
    since.sendReceive.subtract(before.sendReceive);
    since.rawAck.subtract(before.rawAck);
    since.rawReceive.subtract(before.rawReceive);
    since.late.subtract(before.late);
    since.acknowledged.subtract(before.acknowledged);
    since.back.subtract(before.back);
    since.due -= before.due;
    since.written -= before.written;
    since.sent -= before.sent;
    since.completed -= before.completed;
    since.deliveries -= before.deliveries;
    since.acknowledgements -= before.acknowledgements;
    since.refused -= before.refused;
    since.dropped -= before.dropped;
    return since;
  }

  /// What was timed, by the name it has in results and logs. Nanoseconds.
  public Map<String, Histogram> timed() {
    Map<String, Histogram> timed = new LinkedHashMap<>();
    timed.put("send_ack", sendAck);
    timed.put("send_receive", sendReceive);
    timed.put("raw_send_ack", rawAck);
    timed.put("raw_send_receive", rawReceive);
    timed.put("receive_acknowledged", acknowledged);
    timed.put("written_late", late);
    timed.put("broken_caught_up", back);
    return timed;
  }

  static void record(Histogram histogram, long nanos) {
    histogram.recordValue(Math.clamp(nanos, 0, MAX_NANOS));
  }
}
