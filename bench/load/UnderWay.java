package bench.load;

import java.util.Arrays;

/// What one socket has sent and not yet settled: for each message how many receivers are missing,
/// whether `sent` came, when it was due, and when it was written. A ring that grows; for one
/// thread.
final class UnderWay {
  /// Of one socket; beyond it an open loop would only fill memory.
  static final int MAX = 1 << 16;

  private static final int FIRST = 64;
  private static final int UNANSWERED = 1 << 30;

  private int[] missing = new int[FIRST];
  private long[] writtenNanos = new long[FIRST];
  private long[] dueNanos = new long[FIRST];
  private long first; // all before are settled
  private long next;

  /// The number that the next message gets.
  long next() {
    return next;
  }

  int size() {
    return (int) (next - first);
  }

  /// A message was written, or waits for its socket.
  ///
  /// @return its number
  long add(int receivers, long nowNanos, long due) {
    if (size() == missing.length) {
      grow();
    }
    int at = slot(next);
    missing[at] = UNANSWERED + receivers;
    writtenNanos[at] = nowNanos;
    dueNanos[at] = due;
    return next++;
  }

  private int slot(long number) {
    return (int) number & missing.length - 1;
  }

  private void grow() {
    int[] more = new int[2 * missing.length];
    long[] moreNanos = new long[2 * missing.length];
    long[] moreDue = new long[2 * missing.length];
    for (long n = first; n < next; n++) {
      more[(int) n & more.length - 1] = missing[slot(n)];
      moreNanos[(int) n & more.length - 1] = writtenNanos[slot(n)];
      moreDue[(int) n & more.length - 1] = dueNanos[slot(n)];
    }
    missing = more;
    writtenNanos = moreNanos;
    dueNanos = moreDue;
  }

  /// Whether `number` is one of the messages that are not settled.
  boolean knows(long number) {
    return number >= first && number < next && missing[slot(number)] > 0;
  }

  /// When it was written.
  long writtenNanos(long number) {
    return writtenNanos[slot(number)];
  }

  /// Told of each message that has no answer, oldest first.
  interface Unanswered {
    void each(long number, long dueNanos);
  }

  /// Those that a new socket has to send again.
  void unanswered(Unanswered told) {
    for (long n = first; n < next; n++) {
      if (missing[slot(n)] >= UNANSWERED) {
        told.each(n, dueNanos[slot(n)]);
      }
    }
  }

  /// `sent` came. True: now it is settled.
  boolean answered(long number) {
    return take(number, UNANSWERED);
  }

  /// A receiver has it. True: now it is settled.
  boolean received(long number) {
    return take(number, 1);
  }

  /// It was refused: nobody will get it.
  void refused(long number) {
    missing[slot(number)] = 0;
    settle();
  }

  private boolean take(long number, int what) {
    int at = slot(number);
    if (!knows(number) || what == UNANSWERED && missing[at] < UNANSWERED) {
      return false;
    }
    missing[at] -= what;
    if (missing[at] > 0) {
      return false;
    }
    settle();
    return true;
  }

  private void settle() {
    while (first < next && missing[slot(first)] == 0) {
      first++;
    }
  }

  /// Receivers that a message with a `sent` has not come to.
  long lost() {
    long lost = 0;
    for (long n = first; n < next; n++) {
      int left = missing[slot(n)];
      lost += left < UNANSWERED ? left : 0;
    }
    return lost;
  }

  /// Messages without any answer.
  long unanswered() {
    long count = 0;
    for (long n = first; n < next; n++) {
      count += missing[slot(n)] >= UNANSWERED ? 1 : 0;
    }
    return count;
  }

  @Override
  public String toString() {
    return first + ".." + next + " " + Arrays.toString(missing);
  }
}
