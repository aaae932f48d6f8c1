package ci.check;

import ci.check.History.Event;
import ci.check.History.Removal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Judges a run: a pure function of its [History].
///
/// Looks at every message, every place in every log, and every device's stream, and tells what
/// broke a promise, the promise with the lowest number first. For one thread.
public final class Judge {
  private static final int MOST_TOLD = 5; // of each promise, with their histories; all are counted
  private static final int NONE = -1;
  static final String NOT_A_MEMBER = "FORBIDDEN";

  private final History history;
  private final List<Violation> found = new ArrayList<>();
  private int count;

  // Of each message, from what clients were told.
  private final long[] firstAttempt;
  private final int[] device;
  private final int[] socket;
  private final int[] conversation;
  private final int[] attempts;
  private final int[] attemptsBeforeAnswer;
  private final int[] refusals;
  private final long[] seq; // of the first answer, 0 for none
  private final long[] sentAt;

  // Of each message, from the store: conversation and seq, 0 for nowhere, and when it was sent.
  private final int[] storedIn;
  private final int[] storedSeq;
  private final long[] storedAt;

  /// Of each conversation, by seq: the message there.
  private final int[][] logs;

  private Judge(History history) {
    this.history = history;
    int n = history.messages;
    firstAttempt = new long[n];
    device = new int[n];
    socket = new int[n];
    conversation = new int[n];
    attempts = new int[n];
    attemptsBeforeAnswer = new int[n];
    refusals = new int[n];
    seq = new long[n];
    sentAt = new long[n];
    storedIn = new int[n];
    storedSeq = new int[n];
    storedAt = new long[n];
    logs = new int[history.stored.length][];
  }

  /// What is judged of a run.
  ///
  /// @param violations some of each promise, the one with the lowest number first
  /// @param count all of them
  /// @param acknowledged messages with an answer that says stored
  /// @param unknown messages of which nobody was told whether they are stored
  /// @param refused messages that were refused and not stored
  /// @param unknownStored how many of the unknown ones are in the store
  /// @param deliveries messages that devices received, repeats included
  public record Verdict(
      List<Violation> violations,
      int count,
      int acknowledged,
      int unknown,
      int refused,
      int unknownStored,
      long deliveries) {}

  static Verdict of(History history) {
    return new Judge(history).judge();
  }

  private Verdict judge() {
    history.events(this::event);
    store();
    messages();
    sockets();
    for (int d : history.unresumed) {
      violated(Promise.DELIVERED, NONE, "device %d's resume never came to its end".formatted(d));
    }
    new Streams(history, logs, device, this::violated).judge();
    found.sort(
        Comparator.comparingInt(
                (Violation v) -> v.promise().number() == 0 ? 9 : v.promise().number())
            .thenComparingInt(Violation::message));
    int acknowledged = 0;
    int refused = 0;
    int unknown = 0;
    int unknownStored = 0;
    for (int m = 0; m < history.messages; m++) {
      if (seq[m] > 0) {
        acknowledged++;
      } else if (attempts[m] > 0 && attempts[m] == refusals[m]) {
        refused++;
      } else if (attempts[m] > 0) {
        unknown++;
        unknownStored += storedSeq[m] > 0 ? 1 : 0;
      }
    }
    List<Violation> told = found.stream().map(this::withHistory).toList();
    long deliveries = 0;
    for (LongList[] device : history.received) {
      for (LongList received : device) {
        deliveries += received.size();
      }
    }
    return new Verdict(told, count, acknowledged, unknown, refused, unknownStored, deliveries);
  }

  private void event(Event event, long micros, int message, long a, long b) {
    switch (event) {
      case ATTEMPT -> {
        if (attempts[message]++ == 0) {
          firstAttempt[message] = micros;
          device[message] = History.first(a);
          socket[message] = History.second(a);
          conversation[message] = (int) b;
        }
        attemptsBeforeAnswer[message] += seq[message] == 0 ? 1 : 0;
      }
      case SENT -> {
        if (seq[message] == 0) {
          seq[message] = a;
          sentAt[message] = b;
        } else if (seq[message] != a || sentAt[message] != b) {
          violated(
              Promise.IDEMPOTENT,
              message,
              "was answered with seq %d, sent at %d, and then with seq %d, sent at %d"
                  .formatted(seq[message], sentAt[message], a, b));
        }
      }
      case REFUSED -> refused(micros, message, history.code(a));
      case UNKNOWN -> {}
    }
  }

  private void refused(long micros, int message, String code) {
    refusals[message]++;
    if (!code.equals(NOT_A_MEMBER)) {
      return;
    }
    int user = history.userOfDevice[device[message]];
    Removal removal = history.removal(conversation[message], user);
    if (seq[message] > 0) {
      violated(
          Promise.IDEMPOTENT,
          message,
          "was answered with seq %d, and its retry was refused with %s"
              .formatted(seq[message], code));
    } else if (removal == null || micros < removal.askedMicros()) {
      violated(Promise.REFUSED, message, "was refused with " + code + ", sent by a member");
    }
  }

  /// Every place in every log: 1, 2, 3 … and each message once.
  private void store() {
    for (int c = 0; c < history.stored.length; c++) {
      LongList log = history.stored[c];
      int last = log.size() == 0 ? 0 : History.first(log.get(log.size() - 1));
      logs[c] = new int[Math.max(last, log.size()) + 1];
      Arrays.fill(logs[c], Streams.GAP);
      for (int i = 0; i < log.size(); i++) {
        int expected = i == 0 ? 1 : History.first(log.get(i - 1)) + 1;
        place(c, expected, log.get(i), history.storedAt[c].get(i));
      }
      if (history.counted[c] != NONE && history.counted[c] != log.size()) {
        violated(
            Promise.DURABLE,
            NONE,
            "conversation %d has %d messages in the database and %d in its history"
                .formatted(c, history.counted[c], log.size()));
      }
    }
  }

  private void place(int c, int expected, long entry, long at) {
    int place = History.first(entry);
    int read = History.second(entry);
    int message = Content.number(read);
    if (read != message) {
      violated(
          Promise.IDEMPOTENT,
          message,
          "stands at seq %d of conversation %d with the content of its retry".formatted(place, c));
    }
    if (place != expected) {
      violated(
          Promise.ONE_ORDER,
          message,
          "stands at seq %d of conversation %d in the store, where seq %d should follow"
              .formatted(place, c, expected));
    }
    if (place >= 1 && place < logs[c].length) {
      logs[c][place] = read;
    }
    if (message == Content.FOREIGN) {
      violated(
          Promise.DURABLE,
          message,
          "conversation %d has at seq %d what nobody sent".formatted(c, place));
    } else if (storedSeq[message] > 0) {
      violated(
          Promise.IDEMPOTENT,
          message,
          "is in the store twice: at seq %d of conversation %d and at seq %d of conversation %d"
              .formatted(storedSeq[message], storedIn[message], place, c));
    } else {
      storedIn[message] = c;
      storedSeq[message] = place;
      storedAt[message] = at;
    }
  }

  /// What each sender was told, against the store.
  private void messages() {
    for (int m = 0; m < history.messages; m++) {
      if (attempts[m] == 0) {
        if (storedSeq[m] > 0) {
          violated(Promise.DURABLE, m, "is in the store and was never sent");
        }
        continue;
      }
      if (seq[m] > 0) {
        acknowledged(m);
      } else if (storedSeq[m] > 0 && attempts[m] == refusals[m]) {
        violated(
            Promise.REFUSED,
            m,
            "was refused and never accepted, and is in the store at seq " + storedSeq[m]);
      }
      Removal removal = history.removal(conversation[m], history.userOfDevice[device[m]]);
      boolean accepted = storedSeq[m] > 0 || seq[m] > 0;
      if (removal != null && accepted && firstAttempt[m] > removal.answeredMicros()) {
        violated(
            Promise.DELIVERED,
            m,
            "was accepted, first sent %d µs after its sender's removal was answered"
                .formatted(firstAttempt[m] - removal.answeredMicros()));
      }
    }
  }

  private void acknowledged(int m) {
    if (storedSeq[m] == 0 || storedIn[m] != conversation[m]) {
      violated(
          Promise.DURABLE,
          m,
          "was acknowledged with seq %d and is not in conversation %d of the store"
              .formatted(seq[m], conversation[m]));
    } else if (storedSeq[m] != seq[m]) {
      violated(
          Promise.ONE_ORDER,
          m,
          "was acknowledged with seq %d and stands in the store at seq %d"
              .formatted(seq[m], storedSeq[m]));
    } else if (storedAt[m] != sentAt[m]) {
      violated(
          Promise.IDEMPOTENT,
          m,
          "was acknowledged as sent at %d, and the store says %d"
              .formatted(sentAt[m], storedAt[m]));
    }
  }

  /// Accepted sends of one socket keep their order. One that was tried again before its answer may
  /// owe its place to either attempt, and is left out.
  private void sockets() {
    Map<Long, Integer> last = new HashMap<>();
    history.events((event, _, m, _, _) -> {
      if (event != Event.ATTEMPT || seq[m] == 0 || attemptsBeforeAnswer[m] != 1) {
        return;
      }
      attemptsBeforeAnswer[m] = 0; // its later attempts are repeats
      if (socket[m] < 0) {
        return; // by HTTP, which promises no order
      }
      Integer before = last.put(History.pair(socket[m], conversation[m]), m);
      if (before != null && seq[before] > seq[m]) {
        violated(
            Promise.ONE_ORDER,
            m,
            "got seq %d, and message %d, sent before it on the same socket, got seq %d"
                .formatted(seq[m], before, seq[before]));
      }
    });
  }

  private void violated(Promise promise, int message, String what) {
    count++;
    // Enough of each promise that the first ones are among them.
    if (found.stream().filter(v -> v.promise() == promise).limit(MOST_TOLD).count() < MOST_TOLD) {
      found.add(new Violation(promise, message, what, List.of()));
    }
  }

  private Violation withHistory(Violation v) {
    int message = Content.number(v.message());
    return message < 0
        ? v
        : new Violation(v.promise(), message, v.what(), Story.of(history, message));
  }
}
