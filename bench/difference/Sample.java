package bench.difference;

/// One figure, measured several times under the same conditions.
///
/// @param name what was measured, with its parameters and unit
/// @param values each measurement
/// @param higherIsBetter whether more of it is better; else less
/// @param count whether it is counted, not timed: a machine with other work does not change it
public record Sample(String name, double[] values, boolean higherIsBetter, boolean count) {
  /// The same figure, measured more often.
  Sample and(Sample more) {
    double[] all = java.util.Arrays.copyOf(values, values.length + more.values.length);
    System.arraycopy(more.values, 0, all, values.length, more.values.length);
    return new Sample(name, all, higherIsBetter, count);
  }
}
