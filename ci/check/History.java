package ci.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Everything that clients were told in a run, and what the store held at its end: what the [Judge]
/// judges. A million messages fit in memory: there are no objects for each.
///
/// Written by one thread, then read. Messages, devices, users and conversations are numbered from
/// 0; times are microseconds from the beginning.
final class History {
  /// What happened to a message.
  enum Event {
    /// It is sent: `a` = device << 32 | socket, `b` = [#way].
    ATTEMPT,
    /// It is stored, says a server: `a` = seq, `b` = sent_at in milliseconds of the epoch.
    SENT,
    /// It is refused, with a code that means *not stored*: `a` = the code, an index of [#codes].
    REFUSED,
    /// Nobody knows: the socket closed, no answer came, or a code says so. `a` = the code or -1.
    UNKNOWN
  }

  private static final int EVENT_LONGS = 4;
  private static final long LOW = 0xFFFF_FFFFL;

  /// A member that was removed.
  ///
  /// @param askedMicros when the request was first sent
  /// @param answeredMicros when a server said that it is done
  /// @param leftSeq what the database says it may read up to
  record Removal(long askedMicros, long answeredMicros, long leftSeq) {}

  final int messages;
  final int[] userOfDevice;
  final int[][] members; // of each conversation: users, those removed included
  final Map<Long, Removal> removals = new HashMap<>(); // by pair(conversation, user)
  final Map<Integer, String> codes = new HashMap<>();

  /// What each device received of each conversation, in order: pair(seq, message).
  final LongList[][] received;

  /// How many entries of `received` there were when a device, whose socket had been open for long
  /// enough, should have had everything; -1 where no socket was.
  final int[][] receivedLive;

  /// What the store holds of each conversation, in order: pair(seq, message).
  final LongList[] stored;

  /// When the store says that each of them was sent: milliseconds of the epoch.
  final LongList[] storedAt;

  /// Devices whose last resume was not answered with `caught_up`.
  final List<Integer> unresumed = new ArrayList<>();

  /// Rows that the database itself counts; -1: not asked.
  final long[] counted;

  private final LongList events = new LongList();

  History(int messages, int[] userOfDevice, int[][] members) {
    this.messages = messages;
    this.userOfDevice = userOfDevice;
    this.members = members;
    int conversations = members.length;
    received = new LongList[userOfDevice.length][conversations];
    receivedLive = new int[userOfDevice.length][conversations];
    stored = new LongList[conversations];
    storedAt = new LongList[conversations];
    counted = new long[conversations];
    for (int c = 0; c < conversations; c++) {
      stored[c] = new LongList();
      storedAt[c] = new LongList();
      counted[c] = -1;
      for (int d = 0; d < userOfDevice.length; d++) {
        received[d][c] = new LongList();
        receivedLive[d][c] = -1;
      }
    }
  }

  /// Two numbers in one; the second may be negative.
  static long pair(int first, int second) {
    return (long) first << 32 | second & LOW;
  }

  static int first(long pair) {
    return (int) (pair >> 32);
  }

  static int second(long pair) {
    return (int) pair;
  }

  /// How an attempt was made, in one number.
  static long way(int conversation, int server, boolean http, int variant) {
    return (long) variant << 50 | (http ? 1L : 0L) << 48 | (long) server << 32 | conversation;
  }

  void attempt(long micros, int message, int device, int socket, long way) {
    add(Event.ATTEMPT, micros, message, pair(device, socket), way);
  }

  void sent(long micros, int message, long seq, long sentAtMillis) {
    add(Event.SENT, micros, message, seq, sentAtMillis);
  }

  void refused(long micros, int message, String code) {
    add(Event.REFUSED, micros, message, codeNumber(code), 0);
  }

  /// @param code null for silence
  void unknown(long micros, int message, String code) {
    add(Event.UNKNOWN, micros, message, code == null ? -1 : codeNumber(code), 0);
  }

  void received(int device, int conversation, long seq, int message) {
    received[device][conversation].add(pair((int) seq, message));
  }

  void stored(int conversation, long seq, int message, long sentAtMillis) {
    stored[conversation].add(pair((int) seq, message));
    storedAt[conversation].add(sentAtMillis);
  }

  private int codeNumber(String code) {
    codes.put(code.hashCode(), code);
    return code.hashCode();
  }

  private void add(Event event, long micros, int message, long a, long b) {
    events.add(pair(event.ordinal(), message));
    events.add(micros);
    events.add(a);
    events.add(b);
  }

  /// One event.
  interface Reader {
    void event(Event event, long micros, int message, long a, long b);
  }

  /// Reads all events, in order.
  void events(Reader reader) {
    Event[] kinds = Event.values();
    for (int i = 0; i < events.size(); i += EVENT_LONGS) {
      long what = events.get(i);
      reader.event(
          kinds[first(what)],
          events.get(i + 1),
          second(what),
          events.get(i + 2),
          events.get(i + 3));
    }
  }

  /// The code behind an event's `a`.
  String code(long number) {
    return number == -1 ? "no answer" : codes.get((int) number);
  }

  /// Whether the user was ever a member.
  boolean member(int conversation, int user) {
    for (int each : members[conversation]) {
      if (each == user) {
        return true;
      }
    }
    return false;
  }

  /// Of a member that was removed, else null.
  Removal removal(int conversation, int user) {
    return removals.get(pair(conversation, user));
  }
}
