package bench.difference;

import java.util.Locale;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.StatUtils;

/// What changed between two samples of one figure, and what could have been seen at all.
///
/// Welch's t-test: means that differ by more than chance (one time in twenty) explains are said to
/// differ. "No difference" means only that none larger than `visible` is there.
///
/// @param before the mean
/// @param after the mean
/// @param change of the mean, as a part of `before`: 0.1 is a tenth more; infinite where it was 0
/// @param error half of the 95 % interval of `change`; NaN: too few measurements for one
/// @param visible the smallest change that would be found four times in five; NaN: none
public record Difference(
    Sample sample, double before, double after, double change, double error, double visible) {
  private static final double TWO_SIDED_95 = 0.975;
  private static final double POWER = 0.8;

  /// What is said of it.
  public enum Judgement {
    BETTER,
    WORSE,
    NO_DIFFERENCE,
    /// Too few measurements: nothing can be said.
    UNKNOWN;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /// Compares them.
  ///
  /// @param first before; of the same figure as `second`
  static Difference of(Sample first, Sample second) {
    double before = StatUtils.mean(first.values());
    double after = StatUtils.mean(second.values());
    double change = after == before ? 0 : (after - before) / before; // infinite, where none was
    int n = first.values().length;
    int m = second.values().length;
    if (n < 2 || m < 2 || before == 0) {
      return new Difference(second, before, after, change, Double.NaN, Double.NaN);
    }
    double a = StatUtils.variance(first.values()) / n;
    double b = StatUtils.variance(second.values()) / m;
    double standardError = Math.sqrt(a + b);
    if (standardError == 0) {
      return new Difference(second, before, after, change, 0, 0);
    }
    double freedom = (a + b) * (a + b) / (a * a / (n - 1) + b * b / (m - 1));
    var t = new TDistribution(Math.max(1, freedom));
    double half = t.inverseCumulativeProbability(TWO_SIDED_95) * standardError;
    double found = half + t.inverseCumulativeProbability(POWER) * standardError;
    return new Difference(second, before, after, change, half / before, found / before);
  }

  /// What is said of it.
  public Judgement judgement() {
    boolean one = Double.isNaN(error);
    if (one && !sample.count()) {
      return Judgement.UNKNOWN;
    }
    if (Math.abs(change) <= Math.max(sample.kind().same, one ? 0 : error)) {
      return Judgement.NO_DIFFERENCE;
    }
    return change > 0 == sample.higherIsBetter() ? Judgement.BETTER : Judgement.WORSE;
  }

  /// For people, one line.
  @Override
  public String toString() {
    return line(sample.name().length());
  }

  /// For people, one line.
  ///
  /// @param width of names, so that numbers of several lines stand below each other
  String line(int width) {
    String interval =
        Double.isNaN(error) ? "" : String.format(Locale.ROOT, "± %.1f %%", 100 * error);
    String seen =
        Double.isNaN(visible) || judgement() != Judgement.NO_DIFFERENCE
            ? ""
            : String.format(Locale.ROOT, "; %.1f %% would have been seen", 100 * visible);
    return String.format(
        Locale.ROOT,
        "%-" + width + "s %14s %14s %+8.1f %% %-9s %s%s",
        sample.name(),
        shown(before),
        shown(after),
        100 * change,
        interval,
        judgement(),
        seen);
  }

  private static String shown(double value) {
    return String.format(Locale.ROOT, Math.abs(value) < 100 ? "%,.3f" : "%,.0f", value);
  }
}
