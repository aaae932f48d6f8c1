package bench.jmh;

import bench.results.Measured;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Results for people: ours beside the twin's, a line for each combination of parameters.
public final class JmhTable {
  private static final String FORMAT = "%-52s %12s %12s %7s %11s %11s %10s %10s%n";

  private JmhTable() {}

  /// @param results JMH's JSON
  public static String of(JsonNode results) {
    Map<String, JsonNode> ours = new LinkedHashMap<>();
    Map<String, JsonNode> twins = new LinkedHashMap<>();
    for (JsonNode one : results) {
      String name = Measured.byJmh(one);
      (name.contains(".ours") ? ours : twins).put(name.replaceFirst("\\.(ours|twin)", ""), one);
    }
    var text = new StringBuilder();
    text.append(
        FORMAT.formatted("", "µs/op", "twin", "ratio", "B/op", "twin", "CPU µs", "engines"));
    ours.forEach((name, one) -> {
      JsonNode twin = twins.get(name);
      text.append(
          FORMAT.formatted(
              name,
              number(score(one)),
              twin == null ? "" : number(score(twin)),
              twin == null ? "" : number(score(one) / score(twin)),
              number(second(one, "gc.alloc.rate.norm")),
              twin == null ? "" : number(second(twin, "gc.alloc.rate.norm")),
              number(second(one, CpuTime.FORK)),
              number(second(one, CpuTime.ENGINES))));
    });
    return text.toString().stripTrailing();
  }

  private static double score(JsonNode one) {
    return one.path("primaryMetric").path("score").asDouble();
  }

  private static double second(JsonNode one, String name) {
    return one.path("secondaryMetrics").path(name).path("score").asDouble(Double.NaN);
  }

  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "";
    }
    return String.format(Locale.ROOT, value < 100 ? "%,.2f" : "%,.0f", value);
  }
}
