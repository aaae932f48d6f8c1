package bench.load;

import java.util.SplittableRandom;

/// Draws numbers from 0 up, of which the n-th (from 1) comes as often as 1/n to a power. For one
/// thread.
final class Zipf {
  private final double[] upTo; // cumulative shares
  private final SplittableRandom random;

  /// @param count of numbers, at least 1
  /// @param power 0: all alike
  Zipf(int count, double power, long seed) {
    random = new SplittableRandom(seed);
    upTo = new double[count];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += Math.pow(i + 1, -power);
      upTo[i] = sum;
    }
  }

  int next() {
    int found = java.util.Arrays.binarySearch(upTo, random.nextDouble() * upTo[upTo.length - 1]);
    return found >= 0 ? found : -found - 1;
  }
}
