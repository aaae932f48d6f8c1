package bench.report;

import bench.results.Rung;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// One message of the same content at each depth, from its bytes to the other's socket, and what
/// each step is of the whole: of its time, its CPU, and the bytes that it allocates.
///
/// The whole is a run of `load@catalog` in pairs, closed loop; what no benchmark covers (the
/// kernel's sockets, Jetty, acknowledgements, cursors) is the rest of it. Time is that between one
/// message and the next, where a depth does nothing else: steps overlap, on several cores, so that
/// their shares of time may add up to more than the whole.
record Ladder(List<Step> steps) {
  private static final String NUMBERS = "%-46s %9s %6s  %9s %9s %6s  %9s %6s%n";

  /// What a step takes; NaN: not known.
  ///
  /// @param micros of time
  /// @param cpu of the server's own, microseconds
  /// @param engines of the databases' CPU, microseconds
  /// @param bytes allocated
  record Cost(double micros, double cpu, double engines, double bytes) {
    private static final Cost NONE = new Cost(0, 0, 0, 0);

    private Cost plus(Cost other) {
      return new Cost(
          micros + other.micros, cpu + other.cpu, engines + other.engines, bytes + other.bytes);
    }

    private Cost minus(Cost other) {
      return plus(new Cost(-other.micros, -other.cpu, -other.engines, -other.bytes));
    }
  }

  /// @param whole what the shares are of; null: there is no such run
  record Step(String name, Cost cost, Cost whole) {
    double timeShare() {
      return whole == null ? Double.NaN : cost.micros / whole.micros;
    }

    double cpuShare() {
      return whole == null ? Double.NaN : (cost.cpu + cost.engines) / (whole.cpu + whole.engines);
    }

    double bytesShare() {
      return whole == null ? Double.NaN : cost.bytes / whole.bytes;
    }

    Map<String, Object> fields() {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("step", name);
      fields.put("micros", finite(cost.micros));
      fields.put("time_share", finite(timeShare()));
      fields.put("cpu", finite(cost.cpu));
      fields.put("engines", finite(cost.engines));
      fields.put("cpu_share", finite(cpuShare()));
      fields.put("bytes", finite(cost.bytes));
      fields.put("bytes_share", finite(bytesShare()));
      return fields;
    }

    private static Object finite(double value) {
      return Double.isFinite(value) ? value : null;
    }
  }

  /// @param bench JMH's JSON, or null
  /// @param load a run in pairs, closed loop, or null
  static Ladder of(JsonNode bench, JsonNode load) {
    Map<String, Cost> found = new LinkedHashMap<>();
    if (bench != null) {
      for (Rung rung : Rung.values()) {
        cost(bench, rung).ifPresent(cost -> found.put(rung.step, cost));
      }
    }
    Cost whole = whole(load);
    List<Step> steps = new ArrayList<>();
    found.forEach((name, cost) -> steps.add(new Step(name, cost, whole)));
    if (whole != null && !found.isEmpty()) {
      Cost rest = whole.minus(found.values().stream().reduce(Cost.NONE, Cost::plus));
      double micros = rest.micros < 0 ? Double.NaN : rest.micros; // steps overlap
      rest = new Cost(micros, rest.cpu, rest.engines, rest.bytes);
      var name = new StringBuilder("the rest: sockets, Jetty, acknowledgements");
      for (Rung rung : Rung.values()) { // the benchmarks were not the ladder's
        name.append(found.containsKey(rung.step) ? "" : "; and to " + rung.step);
      }
      steps.add(new Step(name.toString(), rest, whole));
    }
    if (whole != null) {
      steps.add(new Step("socket to socket", whole, whole));
    }
    return new Ladder(steps);
  }

  private static Cost whole(JsonNode load) {
    if (load == null || !load.at("/cpu_micros_per_message/all").isNumber()) {
      return null;
    }
    double rate = load.path("messages_per_second").asDouble();
    double server = load.at("/cpu_micros_per_message/server").asDouble();
    return new Cost(
        1e6 / rate,
        server,
        load.at("/cpu_micros_per_message/all").asDouble() - server,
        load.path("server_allocated_bytes_per_message").asDouble(Double.NaN));
  }

  private static Optional<Cost> cost(JsonNode bench, Rung rung) {
    for (JsonNode one : bench) {
      if (one.path("benchmark").asString().endsWith("." + rung.benchmark + ".ours")
          && matches(one.path("params"), rung.values)) {
        double engines = second(one, "cpu.engines") / rung.messages;
        return Optional.of(
            new Cost(
                one.path("primaryMetric").path("score").asDouble() / rung.messages,
                second(one, "cpu.fork") / rung.messages,
                Double.isNaN(engines) ? 0 : engines,
                second(one, "gc.alloc.rate.norm") / rung.messages));
      }
    }
    return Optional.empty();
  }

  private static boolean matches(JsonNode params, Map<String, String> wanted) {
    return wanted.entrySet().stream()
        .allMatch(value -> params.path(value.getKey()).asString("").equals(value.getValue()));
  }

  private static double second(JsonNode one, String name) {
    return one.path("secondaryMetrics").path(name).path("score").asDouble(Double.NaN);
  }

  /// For people.
  @Override
  public String toString() {
    if (steps.isEmpty()) {
      return "no ladder: it is of bench@catalog --ladder and of load@catalog in pairs, closed loop";
    }
    var text = new StringBuilder();
    text.append(
        NUMBERS.formatted("", "µs", "share", "CPU µs", "engines", "share", "bytes", "share"));
    for (Step step : steps) {
      Cost cost = step.cost;
      text.append(
          NUMBERS.formatted(
              step.name,
              shown(cost.micros),
              percent(step.timeShare()),
              shown(cost.cpu),
              shown(cost.engines),
              percent(step.cpuShare()),
              shown(cost.bytes),
              percent(step.bytesShare())));
    }
    return text.toString().stripTrailing();
  }

  private static String percent(double share) {
    return Double.isNaN(share) ? "" : String.format(Locale.ROOT, "%.0f %%", 100 * share);
  }

  private static String shown(double value) {
    return Double.isNaN(value)
        ? ""
        : String.format(Locale.ROOT, Math.abs(value) < 100 ? "%,.2f" : "%,.0f", value);
  }
}
