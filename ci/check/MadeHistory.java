package ci.check;

import java.util.ArrayList;
import java.util.List;

/// A history made by hand: one conversation of two users with two devices each, in which all went
/// well, until a test spoils it.
final class MadeHistory {
  static final int DEVICES = 4;
  private static final long CLOCK = 1_000_000; // when message 0 was sent: milliseconds

  /// One thing that a client was told, or did.
  record Told(History.Event event, long micros, int message, long a, long b) {}

  /// What stands in a log or a stream.
  record Entry(int seq, int message, long sentAt) {}

  final List<Told> events = new ArrayList<>();
  final List<Entry> stored = new ArrayList<>();
  final List<List<Entry>> received = new ArrayList<>();
  final int[] live = {-1, -1, -1, -1};
  long counted = -1;
  History.Removal removal; // of user 1
  private final int messages;

  /// Message m is sent by device m mod 4, at microsecond 10 m, and stored at seq m + 1.
  MadeHistory(int messages) {
    this.messages = messages;
    for (int d = 0; d < DEVICES; d++) {
      received.add(new ArrayList<>());
    }
    for (int m = 0; m < messages; m++) {
      attempt(m, m * 10L);
      sent(m, m + 1, m * 10L + 5);
      stored.add(entry(m));
      for (int d = 0; d < DEVICES; d++) {
        if (d != m % DEVICES) {
          received.get(d).add(entry(m));
        }
      }
    }
  }

  static Entry entry(int message) {
    return new Entry(message + 1, message, CLOCK + message);
  }

  void attempt(int message, long micros) {
    int device = message % DEVICES;
    events.add(
        new Told(
            History.Event.ATTEMPT,
            micros,
            message,
            History.pair(device, device),
            History.way(0, 0, false, 0)));
  }

  void sent(int message, int seq, long micros) {
    events.add(new Told(History.Event.SENT, micros, message, seq, CLOCK + message));
  }

  void refused(int message, String code, long micros) {
    events.add(new Told(History.Event.REFUSED, micros, message, code.hashCode(), 0));
    codes.add(code);
  }

  void unknown(int message, long micros) {
    events.add(new Told(History.Event.UNKNOWN, micros, message, -1, 0));
  }

  private final List<String> codes = new ArrayList<>();

  /// Nobody was told anything of this message.
  void unanswered(int message) {
    events.removeIf(told -> told.message == message && told.event != History.Event.ATTEMPT);
  }

  /// It is nowhere; what follows it keeps its seq.
  void vanish(int message) {
    stored.removeIf(entry -> entry.message == message);
    received.forEach(each -> each.removeIf(entry -> entry.message == message));
  }

  History history() {
    var history = new History(messages, new int[] {0, 0, 1, 1}, new int[][] {{0, 1}});
    codes.forEach(code -> history.codes.put(code.hashCode(), code));
    for (Told told : events) {
      switch (told.event) {
        case ATTEMPT ->
            history.attempt(
                told.micros, told.message, History.first(told.a), History.second(told.a), told.b);
        case SENT -> history.sent(told.micros, told.message, told.a, told.b);
        case REFUSED -> history.refused(told.micros, told.message, history.code(told.a));
        case UNKNOWN -> history.unknown(told.micros, told.message, null);
      }
    }
    stored.forEach(entry -> history.stored(0, entry.seq, entry.message, entry.sentAt));
    for (int d = 0; d < DEVICES; d++) {
      int device = d;
      received.get(d).forEach(entry -> history.received(device, 0, entry.seq, entry.message));
      history.receivedLive[d][0] = live[d];
    }
    history.counted[0] = counted;
    if (removal != null) {
      history.removals.put(History.pair(0, 1), removal);
    }
    return history;
  }

  Judge.Verdict verdict() {
    return Judge.of(history());
  }
}
