package ci.check;

import java.util.Arrays;

/// A growing list of `long` without an object for each. For one thread.
final class LongList {
  private static final int FIRST_SIZE = 16;

  private long[] values = new long[FIRST_SIZE];
  private int size;

  void add(long value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, size + (size >> 1));
    }
    values[size++] = value;
  }

  long get(int index) {
    return values[index];
  }

  int size() {
    return size;
  }
}
