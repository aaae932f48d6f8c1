package ci.check;

import ci.check.History.Removal;

/// Judges what devices received. For one thread.
final class Streams {
  /// Is told of what is wrong.
  interface Complaint {
    void violated(Promise promise, int message, String what);
  }

  /// A place in a log where nothing stands.
  static final int GAP = Integer.MIN_VALUE;

  private final History history;
  private final int[][] logs; // of each conversation, by seq from 1 on: the message there
  private final int[] senderOf; // device of each message
  private final Complaint complaint;

  Streams(History history, int[][] logs, int[] senderOf, Complaint complaint) {
    this.history = history;
    this.logs = logs;
    this.senderOf = senderOf;
    this.complaint = complaint;
  }

  void judge() {
    for (int d = 0; d < history.received.length; d++) {
      for (int c = 0; c < history.received[d].length; c++) {
        if (history.member(c, history.userOfDevice[d])) {
          member(d, c);
        } else if (history.received[d][c].size() > 0) {
          complaint.violated(
              Promise.DELIVERED,
              History.second(history.received[d][c].get(0)),
              "was received by device %d, whose user is no member".formatted(d));
        }
      }
    }
  }

  private void member(int device, int conversation) {
    int[] log = logs[conversation];
    Removal removal = history.removal(conversation, history.userOfDevice[device]);
    int last = removal == null ? log.length - 1 : (int) Math.min(log.length - 1, removal.leftSeq());
    int live = history.receivedLive[device][conversation];
    LongList received = history.received[device][conversation];
    var seen = new boolean[log.length];
    int next = skipOwn(device, log, 1);
    boolean inOrder = true;
    for (int i = 0; i < received.size(); i++) {
      if (i == live) {
        late(device, conversation, seen, last);
      }
      int seq = History.first(received.get(i));
      int message = History.second(received.get(i));
      if (seq < 1 || seq >= log.length || log[seq] != message) {
        foreign(device, conversation, seq, message);
        next = seq == next ? skipOwn(device, log, next + 1) : next;
        continue;
      }
      if (seq > last) {
        complaint.violated(
            Promise.DELIVERED,
            message,
            "was received by device %d at seq %d, though its user left at seq %d"
                .formatted(device, seq, last));
      }
      if (inOrder && seq > next) {
        inOrder = false; // all that follow are shifted
        complaint.violated(
            Promise.ONE_ORDER,
            message,
            "was received by device %d at seq %d of conversation %d before seq %d"
                .formatted(device, seq, conversation, next));
      }
      seen[seq] = true;
      if (seq == next) {
        next = skipOwn(device, log, next + 1);
      }
    }
    if (live == received.size()) {
      late(device, conversation, seen, last);
    }
    int missing = missing(device, log, seen, last);
    if (missing > 0) {
      complaint.violated(
          Promise.DELIVERED,
          log[missing],
          "(seq %d of conversation %d) never came to device %d"
              .formatted(missing, conversation, device));
    }
  }

  private void late(int device, int conversation, boolean[] seen, int last) {
    int missing = missing(device, logs[conversation], seen, last);
    if (missing > 0) {
      complaint.violated(
          Promise.NOTICED,
          logs[conversation][missing],
          "(seq %d of conversation %d) did not come to device %d on the socket it had open"
              .formatted(missing, conversation, device));
    }
  }

  private void foreign(int device, int conversation, int seq, int message) {
    boolean there = seq >= 1 && seq < logs[conversation].length && logs[conversation][seq] != GAP;
    complaint.violated(
        there ? Promise.ONE_ORDER : Promise.DURABLE,
        message,
        there
            ? "was received by device %d at seq %d of conversation %d, where the store has message %d"
                .formatted(device, seq, conversation, logs[conversation][seq])
            : "was received by device %d at seq %d of conversation %d, which is not in the store"
                .formatted(device, seq, conversation));
  }

  /// The first seq, from `next` on, that is another device's message: own ones and gaps need not
  /// come.
  private int skipOwn(int device, int[] log, int next) {
    int seq = next;
    while (seq < log.length && own(device, log, seq)) {
      seq++;
    }
    return seq;
  }

  private int missing(int device, int[] log, boolean[] seen, int last) {
    for (int seq = 1; seq <= last; seq++) {
      if (!seen[seq] && !own(device, log, seq)) {
        return seq;
      }
    }
    return 0;
  }

  private boolean own(int device, int[] log, int seq) {
    int message = log[seq] == GAP ? GAP : Content.number(log[seq]);
    return message == GAP || message >= 0 && senderOf[message] == device;
  }
}
