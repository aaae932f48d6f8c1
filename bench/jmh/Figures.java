package bench.jmh;

import bench.results.Measured;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// A run of benchmarks as one line of the history.
final class Figures {
  private Figures() {}

  /// @param results JMH's JSON with the environment
  static Map<String, Object> ofJmh(JsonNode results) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("kind", "bench");
    Map<String, Object> figures = new LinkedHashMap<>();
    for (JsonNode one : results) {
      line.putIfAbsent("at", one.path("environment").path("at").asString());
      line.putIfAbsent("revision", one.path("environment").path("revision").asString());
      String name = Measured.byJmh(one);
      figures.put(name, one.path("primaryMetric").path("score").asDouble());
      JsonNode bytes = one.path("secondaryMetrics").path("gc.alloc.rate.norm").path("score");
      if (bytes.isNumber()) {
        figures.put(name + " B/op", bytes.asDouble());
      }
    }
    line.put("figures", figures);
    return line;
  }
}
