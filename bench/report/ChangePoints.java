package bench.report;

import java.util.ArrayList;
import java.util.List;
import org.apache.commons.math3.stat.StatUtils;

/// Where a series of measurements begins to have another mean: the split that explains most, if it
/// explains enough, and then the same on either side of it.
final class ChangePoints {
  private static final int SHORTEST = 3; // runs on either side of a change
  private static final double CLEAR = 4; // standard errors between the means
  private static final double NOTICEABLE = 0.03; // of the mean; less is no news
  private static final int MAX_CHANGES = 20; // of one series; a picture shows no more

  private ChangePoints() {}

  /// The places of the first value after each change, ascending.
  static List<Integer> of(double[] values) {
    List<Integer> found = new ArrayList<>();
    look(values, 0, values.length, found);
    return found.stream().sorted().toList();
  }

  private static void look(double[] values, int from, int to, List<Integer> found) {
    if (found.size() == MAX_CHANGES) {
      return;
    }
    int best = -1;
    double clearest = CLEAR;
    for (int at = from + SHORTEST; at <= to - SHORTEST; at++) {
      double clear = clear(values, from, at, to);
      if (clear > clearest) {
        clearest = clear;
        best = at;
      }
    }
    if (best > 0) {
      found.add(best);
      look(values, from, best, found);
      look(values, best, to, found);
    }
  }

  private static double clear(double[] values, int from, int at, int to) {
    double before = StatUtils.mean(values, from, at - from);
    double after = StatUtils.mean(values, at, to - at);
    if (Math.abs(after - before) < NOTICEABLE * Math.abs(before)) {
      return 0;
    }
    double error =
        Math.sqrt(
            StatUtils.variance(values, from, at - from) / (at - from)
                + StatUtils.variance(values, at, to - at) / (to - at));
    return error == 0 ? Double.MAX_VALUE : Math.abs(after - before) / error;
  }
}
