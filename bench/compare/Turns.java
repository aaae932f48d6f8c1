package bench.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// Two sides measured in turn: ours, other, other, ours, so that a machine that drifts drifts for
/// both.
///
/// @param ours in the order in which they were measured
record Turns<A, B>(List<A> ours, List<B> others) {
  /// One measurement.
  interface Measured<T> {
    T run() throws Exception;
  }

  static <A, B> Turns<A, B> of(Measured<A> ours, Measured<B> other) throws Exception {
    List<A> first = new ArrayList<>();
    List<B> second = new ArrayList<>();
    first.add(ours.run());
    second.add(other.run());
    second.add(other.run());
    first.add(ours.run());
    return new Turns<>(first, second);
  }

  /// The mean of ours.
  double ours(ToDoubleFunction<A> figure) {
    return ours.stream().mapToDouble(figure).average().orElseThrow();
  }

  /// The mean of the other's.
  double others(ToDoubleFunction<B> figure) {
    return others.stream().mapToDouble(figure).average().orElseThrow();
  }
}
