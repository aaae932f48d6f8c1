package bench.jmh;

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
      figures.put(name(one), one.path("primaryMetric").path("score").asDouble());
      JsonNode bytes = one.path("secondaryMetrics").path("gc.alloc.rate.norm").path("score");
      if (bytes.isNumber()) {
        figures.put(name(one) + " B/op", bytes.asDouble());
      }
    }
    line.put("figures", figures);
    return line;
  }

  /// `Decode.ours encoding=json payload=256`.
  static String name(JsonNode result) {
    String full = result.path("benchmark").asString();
    var text =
        new StringBuilder(full.substring(full.lastIndexOf('.', full.lastIndexOf('.') - 1) + 1));
    result
        .path("params")
        .properties()
        .forEach(
            p -> text.append(' ').append(p.getKey()).append('=').append(p.getValue().asString()));
    return text.toString();
  }
}
