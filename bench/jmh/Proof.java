package bench.jmh;

import java.util.Arrays;
import java.util.Objects;

/// What must be equal before anything is timed: a benchmark of two things that do different work
/// says nothing.
final class Proof {
  private Proof() {}

  /// @throws AssertionError when they are not equal; JMH then fails the benchmark
  static void same(String what, Object ours, Object twins) {
    if (!Objects.deepEquals(ours, twins)) {
      throw new AssertionError(
          "not equal before timing: %s: ours %s, the twin's %s"
              .formatted(what, shown(ours), shown(twins)));
    }
  }

  private static String shown(Object value) {
    String text = value instanceof byte[] bytes ? Arrays.toString(bytes) : String.valueOf(value);
    return text.length() > 200 ? text.substring(0, 200) + "…" : text;
  }
}
