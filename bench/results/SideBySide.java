package bench.results;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// Databases beside each other: the same work on each, with version, settings, and what is kept of
/// it. What is not durable is marked, and has a ratio only to what is not durable either.
///
/// @param questions what was done; each on all that can do it
public record SideBySide(List<Question> questions) {
  private static final String MARK = " *";
  private static final Map<String, String> NAMES = new LinkedHashMap<>();

  static {
    NAMES.put("postgres", "PostgreSQL");
    NAMES.put("cql", "CQL");
    NAMES.put("plain", "Redis PUBLISH");
    NAMES.put("pipelined", "Redis PUBLISH, pipelined");
    NAMES.put("sharded", "Redis SPUBLISH, pipelined");
    NAMES.put("streams", "Redis Streams");
    NAMES.put("notify", "PostgreSQL NOTIFY");
  }

  /// What one of them is of; the others are of a message.
  private static final Map<String, String> EACH = Map.of("History", "page", "Sync", "sync");

  /// The same work, on each.
  public record Question(String what, List<Row> rows) {}

  /// One of them.
  ///
  /// @param version and product
  /// @param settings that durability rests on
  /// @param micros of time, for each message, page or sync; NaN is never here
  /// @param cpu of this side
  /// @param engines of the databases; NaN: they were not started here
  public record Row(
      String name,
      String version,
      String settings,
      Keeping keeping,
      double micros,
      double cpu,
      double engines) {}

  /// Of JMH's JSON, each entry with its environment. Those without a choice of databases are left
  /// out.
  public static SideBySide of(Iterable<JsonNode> results) {
    Map<String, List<Row>> questions = new LinkedHashMap<>();
    for (JsonNode one : results) {
      String benchmark = one.path("benchmark").asString();
      JsonNode params = one.path("params");
      String choice = params.has("engine") ? "engine" : params.has("how") ? "how" : null;
      if (choice != null && benchmark.endsWith(".ours")) {
        String depth = benchmark.replaceFirst("\\.ours$", "").replaceFirst(".*\\.", "");
        var others = new TreeMap<String, String>();
        params.properties().forEach(p -> others.put(p.getKey(), p.getValue().asString()));
        String name = others.remove(choice);
        int messages = Integer.parseInt(others.getOrDefault("batch", "1"));
        String what = depth + others.toString().replace("{}", "").replaceAll("[{}]", " ");
        questions
            .computeIfAbsent(
                what.replace(",", "").strip() + ", each " + EACH.getOrDefault(depth, "message"),
                _ -> new ArrayList<>())
            .add(row(one, name, messages));
      }
    }
    return new SideBySide(
        questions.entrySet().stream().map(q -> new Question(q.getKey(), q.getValue())).toList());
  }

  private static Row row(JsonNode one, String name, int messages) {
    Map<String, String> said = new LinkedHashMap<>();
    one.path("environment")
        .path("engines")
        .properties()
        .forEach(setting -> said.put(setting.getKey(), setting.getValue().asString()));
    JsonNode second = one.path("secondaryMetrics");
    String prefix =
        switch (name) {
          case "cql" -> "cql";
          case "postgres", "notify" -> "postgres";
          default -> "redis";
        };
    var settings = new ArrayList<String>();
    String version = "?";
    for (var setting : said.entrySet()) {
      if (setting.getKey().startsWith(prefix + " ")) {
        String key = setting.getKey().substring(prefix.length() + 1);
        if (key.contains("version")) {
          version = setting.getValue();
        } else {
          settings.add(key + "=" + setting.getValue());
        }
      }
    }
    return new Row(
        NAMES.getOrDefault(name, name),
        version,
        String.join(" ", settings),
        Keeping.of(name, said),
        one.path("primaryMetric").path("score").asDouble() / messages,
        second.path("cpu.fork").path("score").asDouble(Double.NaN) / messages,
        second.path("cpu.engines").path("score").asDouble(Double.NaN) / messages);
  }

  /// How many times the first one's time that keeps as much; NaN: it is the first.
  private static double ratio(Question question, Row row) {
    return question.rows().stream()
        .filter(other -> other.keeping().durable() == row.keeping().durable())
        .findFirst()
        .filter(other -> other != row)
        .map(other -> row.micros() / other.micros())
        .orElse(Double.NaN);
  }

  /// As JSON has it.
  public List<Map<String, Object>> fields() {
    List<Map<String, Object>> all = new ArrayList<>();
    for (Question question : questions) {
      for (Row row : question.rows()) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("question", question.what());
        fields.put("name", row.name());
        fields.put("version", row.version());
        fields.put("settings", row.settings());
        fields.put("durable", row.keeping().durable());
        fields.put("kept", row.keeping().why());
        fields.put("micros", finite(row.micros()));
        fields.put("ratio", finite(ratio(question, row)));
        fields.put("cpu_micros", finite(row.cpu()));
        fields.put("engines_cpu_micros", finite(row.engines()));
        all.add(fields);
      }
    }
    return all;
  }

  private static Object finite(double value) {
    return Double.isFinite(value) ? value : null;
  }

  /// For people.
  @Override
  public String toString() {
    String line = "  %-26s %12s %7s %9s %9s  %-12s %s%n";
    var text = new StringBuilder();
    for (Question question : questions) {
      text.append(question.what()).append('\n');
      text.append(line.formatted("", "µs", "ratio", "CPU µs", "engines", "version", "settings"));
      for (Row row : question.rows()) {
        String mark = row.keeping().durable() ? "  " : MARK;
        text.append(
            line.formatted(
                row.name(),
                shown(row.micros()) + mark,
                shown(ratio(question, row)),
                shown(row.cpu()),
                shown(row.engines()),
                row.version(),
                row.settings()));
        text.append("  %-26s %s%n".formatted("", (mark + " " + row.keeping().why()).strip()));
      }
    }
    text.append("* not durable: compared only with what is not durable either");
    return text.toString();
  }

  private static String shown(double value) {
    return Double.isNaN(value)
        ? ""
        : String.format(Locale.ROOT, value < 100 ? "%,.2f" : "%,.0f", value);
  }
}
