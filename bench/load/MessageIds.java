package bench.load;

/// What a message needs to be measured travels in its `client_message_id`: who sent it, its number,
/// and when it was due. So neither side keeps a table of what is under way.
///
/// Both halves are multiplied by an odd number, modulo 2⁶⁴, which can be undone: they look as
/// random as a client's ids do, so that indexes are not spared.
final class MessageIds {
  private static final long ODD = 0x9E37_79B9_7F4A_7C15L;
  private static final long INVERSE = inverse();
  private static final int NUMBER_BITS = 40; // a socket would send for years
  private static final long NUMBER_MASK = (1L << NUMBER_BITS) - 1;

  private MessageIds() {}

  private static long inverse() {
    long inverse = ODD; // right in the lowest 3 bits; each step of Newton's doubles them
    for (int i = 0; i < 5; i++) {
      inverse *= 2 - ODD * inverse;
    }
    return inverse;
  }

  /// The first half: who, and the how manieth.
  static long high(int sender, long number) {
    return Long.reverse(((long) sender << NUMBER_BITS | number) * ODD);
  }

  static int sender(long high) {
    return (int) (Long.reverse(high) * INVERSE >>> NUMBER_BITS);
  }

  static long number(long high) {
    return Long.reverse(high) * INVERSE & NUMBER_MASK;
  }

  /// The second half: when it was due, of `System.nanoTime()`.
  static long low(long dueNanos) {
    return Long.reverse(dueNanos * ODD);
  }

  static long dueNanos(long low) {
    return Long.reverse(low) * INVERSE;
  }
}
