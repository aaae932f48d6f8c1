package bench.load;

import java.util.HashSet;
import java.util.Set;

/// What one receiver got of one conversation: finds repeats and wrong order. A sender's numbers
/// grow by one, the conversation's `seq` grows; for one thread.
final class Arrived {
  private final long[] next; // of each sender
  private final Set<Long> skipped = new HashSet<>(); // sender and number, of gaps
  private long lastSeq;
  private long count;
  private long duplicated;
  private long reordered;

  /// @param senders of the conversation
  Arrived(int senders) {
    next = new long[senders];
  }

  /// @param sender its place in the conversation
  /// @param number the sender's own, from 0 on, without gaps
  /// @return whether it came for the first time
  boolean add(int sender, long number, long seq) {
    boolean isNew = true;
    if (number >= next[sender]) {
      for (long n = next[sender]; n < number; n++) {
        skipped.add(key(sender, n)); // refused, or lost, or late
      }
      next[sender] = number + 1;
      reordered += seq <= lastSeq ? 1 : 0;
    } else if (skipped.remove(key(sender, number))) {
      reordered++;
    } else {
      duplicated++;
      isNew = false;
    }
    count += isNew ? 1 : 0;
    lastSeq = Math.max(lastSeq, seq);
    return isNew;
  }

  /// One that is not judged: its own, which only a backlog has.
  void passed(long seq) {
    lastSeq = Math.max(lastSeq, seq);
  }

  private static long key(int sender, long number) {
    return (long) sender << 48 | number;
  }

  /// Different messages.
  long count() {
    return count;
  }

  long lastSeq() {
    return lastSeq;
  }

  long duplicated() {
    return duplicated;
  }

  long reordered() {
    return reordered;
  }
}
