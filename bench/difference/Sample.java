package bench.difference;

import java.util.Arrays;

/// One figure, measured several times under the same conditions.
///
/// @param name what was measured, with its parameters and unit
/// @param values each measurement
/// @param higherIsBetter whether more of it is better; else less
public record Sample(String name, double[] values, boolean higherIsBetter, Kind kind) {
  /// What was done to get it.
  public enum Kind {
    /// Below this part nobody acts on a change.
    TIMED(0.01),
    /// Bytes differ a little from run to run: sizes of tables, of buffers.
    BYTES(0.02),
    /// What a database was asked for each message: some of it runs by the clock. One statement more
    /// is a third or more of it.
    ASKED(0.1);

    final double same;

    Kind(double same) {
      this.same = same;
    }
  }

  /// Whether it is counted: a machine with other work does not change it.
  public boolean count() {
    return kind != Kind.TIMED;
  }

  /// The same figure, measured more often.
  Sample and(Sample more) {
    double[] all = Arrays.copyOf(values, values.length + more.values.length);
    System.arraycopy(more.values, 0, all, values.length, more.values.length);
    return new Sample(name, all, higherIsBetter, kind);
  }
}
