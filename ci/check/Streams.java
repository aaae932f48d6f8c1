package ci.check;

import ci.check.History.Removal;

/// Judges what devices received. For one thread.
final class Streams {
  /// Is told of what is wrong.
  interface Complaint {
    void violated(Promise promise, int message, String what);
  }

  private final History history;
  private final int[] senderOf; // device of each message
  private final Complaint complaint;

  Streams(History history, int[] senderOf, Complaint complaint) {
    this.history = history;
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
    LongList stored = history.stored[conversation];
    Removal removal = history.removal(conversation, history.userOfDevice[device]);
    int last = removal == null ? stored.size() : (int) Math.min(stored.size(), removal.leftSeq());
    int live = history.receivedLive[device][conversation];
    LongList received = history.received[device][conversation];
    var seen = new boolean[stored.size() + 1];
    int next = skipOwn(device, stored, 1);
    boolean inOrder = true;
    for (int i = 0; i < received.size(); i++) {
      if (i == live) {
        late(device, conversation, seen, last);
      }
      int seq = History.first(received.get(i));
      int message = History.second(received.get(i));
      if (seq < 1 || seq > stored.size() || History.second(stored.get(seq - 1)) != message) {
        foreign(device, conversation, seq, message);
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
        next = skipOwn(device, stored, next + 1);
      }
    }
    if (live == received.size()) {
      late(device, conversation, seen, last);
    }
    int missing = missing(device, stored, seen, last);
    if (missing > 0) {
      complaint.violated(
          Promise.DELIVERED,
          History.second(stored.get(missing - 1)),
          "(seq %d of conversation %d) never came to device %d"
              .formatted(missing, conversation, device));
    }
  }

  private void late(int device, int conversation, boolean[] seen, int last) {
    int missing = missing(device, history.stored[conversation], seen, last);
    if (missing > 0) {
      complaint.violated(
          Promise.NOTICED,
          History.second(history.stored[conversation].get(missing - 1)),
          "(seq %d of conversation %d) did not come to device %d on the socket it had open"
              .formatted(missing, conversation, device));
    }
  }

  private void foreign(int device, int conversation, int seq, int message) {
    boolean there = seq >= 1 && seq <= history.stored[conversation].size();
    complaint.violated(
        there ? Promise.ONE_ORDER : Promise.DURABLE,
        message,
        there
            ? "was received by device %d at seq %d of conversation %d, where the store has message %d"
                .formatted(
                    device,
                    seq,
                    conversation,
                    History.second(history.stored[conversation].get(seq - 1)))
            : "was received by device %d at seq %d of conversation %d, which is not in the store"
                .formatted(device, seq, conversation));
  }

  /// The first seq, from `next` on, that is another device's message.
  private int skipOwn(int device, LongList stored, int next) {
    int seq = next;
    while (seq <= stored.size() && own(device, stored, seq)) {
      seq++;
    }
    return seq;
  }

  private int missing(int device, LongList stored, boolean[] seen, int last) {
    for (int seq = 1; seq <= last; seq++) {
      if (!seen[seq] && !own(device, stored, seq)) {
        return seq;
      }
    }
    return 0;
  }

  private boolean own(int device, LongList stored, int seq) {
    int message = History.second(stored.get(seq - 1));
    return message >= 0 && senderOf[message] == device;
  }
}
