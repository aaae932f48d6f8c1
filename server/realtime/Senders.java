package server.realtime;

import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/// Who sent the newest messages of a conversation, without gaps: who is to hear that they were
/// received. It reaches further back than the [Tail] does and weighs little, since acknowledgements
/// of a busy conversation come when it is hundreds of messages on. Not thread-safe: guarded by its
/// hub's lock.
final class Senders {
  /// As many are remembered; some 15 KB, while the conversation is busy.
  static final int MAX = 512;

  private static final int FEW = 16;

  private UUID[] ring = {}; // a power of two; seq s is at s modulo its length
  private long first = 1; // what it holds: first <= seq <= last
  private long last;
  private long aged; // last, at the last call of age()

  /// The next message.
  void add(long seq, UUID sender) {
    if (seq != last + 1) {
      first = seq;
    }
    last = seq;
    if (last - first >= ring.length) {
      grow();
    }
    ring[at(seq)] = sender;
  }

  private void grow() {
    if (ring.length == MAX) {
      first = last - MAX + 1;
      return;
    }
    UUID[] before = ring;
    ring = new UUID[Math.max(FEW, 2 * before.length)];
    for (long seq = first; seq < last; seq++) {
      ring[at(seq)] = before[(int) (seq & before.length - 1)];
    }
  }

  private int at(long seq) {
    return (int) (seq & ring.length - 1);
  }

  /// Who sent what lies in `afterSeq < seq <= toSeq`; null when it does not hold all of it.
  Set<UUID> among(long afterSeq, long toSeq) {
    if (afterSeq + 1 < first || toSeq > last) {
      return null;
    }
    Set<UUID> senders = new HashSet<>();
    for (long seq = afterSeq + 1; seq <= toSeq; seq++) {
      senders.add(ring[at(seq)]);
    }
    return senders;
  }

  /// Forgets everything when nothing came since the call before: many conversations are quiet.
  void age() {
    if (aged == last) {
      ring = new UUID[0];
      first = last + 1;
    }
    aged = last;
  }
}
