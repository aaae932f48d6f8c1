package bench.compare;

import java.util.Locale;

/// One figure beside what it is measured against.
///
/// @param target the name under which it is asked for
/// @param what was measured, with its unit
/// @param ours the system's
/// @param other the twin's; NaN: there is none, and the figure is judged by itself
/// @param wanted the bound, on the ratio of ours to the other, or on ours where there is no other
/// @param atMost whether the bound is an upper one; else a lower one
public record Line(
    String target, String what, double ours, double other, double wanted, boolean atMost) {

  /// Against a twin.
  static Line ratio(String target, String what, double ours, double other, String bound) {
    return line(target, what, ours, other, bound);
  }

  /// By itself.
  static Line alone(String target, String what, double ours, String bound) {
    return line(target, what, ours, Double.NaN, bound);
  }

  private static Line line(String target, String what, double ours, double other, String bound) {
    double wanted = Double.parseDouble(bound.substring(2).strip());
    return new Line(target, what, ours, other, wanted, bound.startsWith("<="));
  }

  /// Ours by the other's, or ours alone.
  public double judged() {
    return Double.isNaN(other) ? ours : ours / other;
  }

  /// Whether the bound holds.
  public boolean met() {
    return atMost ? judged() <= wanted : judged() >= wanted;
  }

  @Override
  public String toString() {
    String ratio = Double.isNaN(other) ? "" : String.format(Locale.ROOT, "%.2f", judged());
    String twin = Double.isNaN(other) ? "" : String.format(Locale.ROOT, "%,.2f", other);
    return String.format(
        Locale.ROOT,
        "%-12s %-58s %12s %12s %7s  %s %-8s %s",
        target,
        what,
        String.format(Locale.ROOT, "%,.2f", ours),
        twin,
        ratio,
        atMost ? "<=" : ">=",
        String.format(Locale.ROOT, "%,.2f", wanted),
        met() ? "met" : "NOT MET");
  }
}
