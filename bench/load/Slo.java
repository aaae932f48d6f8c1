package bench.load;

import fixtures.urls.UserError;
import java.util.Locale;
import java.util.regex.Pattern;

/// What users are to be given: a percentile of send to receive, and its bound.
///
/// @param percentile 0 to 100
public record Slo(double percentile, double millis) {
  private static final Pattern FORM =
      Pattern.compile("p(\\d{1,2}(?:\\.\\d+)?)=(\\d+(?:\\.\\d+)?)ms");

  /// Reads `p99=50ms`.
  ///
  /// @throws UserError when it is not written so
  public static Slo parse(String text) {
    var found = FORM.matcher(text);
    if (!found.matches()) {
      throw new UserError("'%s' is no bound: write --slo p99=50ms".formatted(text));
    }
    return new Slo(Double.parseDouble(found.group(1)), Double.parseDouble(found.group(2)));
  }

  /// Whether a run gave it. One that may not be believed did not.
  boolean met(LoadResult result) {
    return result.verdict().kind() == Verdict.Kind.VALID
        && result.receiveMillis(percentile) <= millis;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s=%sms", name(), trimmed(millis));
  }

  /// `p99`.
  String name() {
    return "p" + trimmed(percentile);
  }

  private static String trimmed(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
