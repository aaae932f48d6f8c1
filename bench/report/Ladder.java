package bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// One message of the same content at each depth, from its bytes to the other's socket, and what
/// each step is of the whole: CPU, because steps overlap in time.
///
/// The whole is a run of `load@catalog` in pairs; what no benchmark covers (the kernel's sockets,
/// Jetty, acknowledgements, cursors) is the rest of it.
record Ladder(List<Step> steps) {
  private static final String PAYLOAD = "256";
  private static final int BATCH = 128;

  /// @param micros of time; NaN: it is part of others'
  /// @param cpu of the server's own, microseconds
  /// @param engines of the databases, microseconds
  /// @param bytes allocated; NaN: not known
  /// @param share of the CPU of the whole; NaN: there is no whole
  record Step(String name, double micros, double cpu, double engines, double bytes, double share) {
    Map<String, Object> fields() {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("step", name);
      fields.put("micros", finite(micros));
      fields.put("cpu", finite(cpu));
      fields.put("engines", finite(engines));
      fields.put("bytes", finite(bytes));
      fields.put("share", finite(share));
      return fields;
    }

    private static Object finite(double value) {
      return Double.isFinite(value) ? value : null;
    }
  }

  /// @param bench JMH's JSON, or null
  /// @param load a run in pairs, or null
  static Ladder of(JsonNode bench, JsonNode load) {
    List<Step> found = new ArrayList<>();
    if (bench != null) {
      step(
          bench, found, "read the send frame", "Decode", 1, "encoding", "json", "payload", PAYLOAD);
      step(bench, found, "batch, answer the sender", "Batch", 1, "payload", PAYLOAD);
      step(
          bench,
          found,
          "commit, in a batch of " + BATCH,
          "Append",
          BATCH,
          "engine",
          "postgres",
          "batch",
          "" + BATCH,
          "payload",
          PAYLOAD);
      step(
          bench,
          found,
          "write the message frame, hand it to a socket",
          "FanOut",
          1,
          "recipients",
          "1",
          "payload",
          PAYLOAD);
    }
    boolean whole = load != null && load.at("/cpu_micros_per_message/all").isNumber();
    double all = whole ? load.at("/cpu_micros_per_message/all").asDouble() : Double.NaN;
    List<Step> steps = new ArrayList<>();
    double cpu = 0;
    double engines = 0;
    for (Step step : found) {
      cpu += step.cpu;
      engines += step.engines;
      double share = (step.cpu + step.engines) / all;
      steps.add(new Step(step.name, step.micros, step.cpu, step.engines, step.bytes, share));
    }
    if (whole) {
      double server = load.at("/cpu_micros_per_message/server").asDouble();
      if (!found.isEmpty()) {
        steps.add(
            new Step(
                "the rest: sockets, Jetty, acknowledgements, cursors",
                Double.NaN,
                server - cpu,
                all - server - engines,
                Double.NaN,
                (all - cpu - engines) / all));
      }
      steps.add(
          new Step(
              "socket to socket",
              load.at("/send_receive_ms/p50").asDouble() * 1e3,
              server,
              all - server,
              Double.NaN,
              1));
    }
    return new Ladder(steps);
  }

  private static void step(
      JsonNode bench,
      List<Step> steps,
      String name,
      String benchmark,
      int messages,
      String... parameters) {
    for (JsonNode one : bench) {
      if (one.path("benchmark").asString().endsWith("." + benchmark + ".ours")
          && matches(one.path("params"), parameters)) {
        double engines = second(one, "cpu.engines") / messages;
        steps.add(
            new Step(
                name,
                one.path("primaryMetric").path("score").asDouble() / messages,
                second(one, "cpu.fork") / messages,
                Double.isNaN(engines) ? 0 : engines,
                second(one, "gc.alloc.rate.norm") / messages,
                Double.NaN));
        return;
      }
    }
  }

  private static boolean matches(JsonNode params, String... wanted) {
    for (int i = 0; i < wanted.length; i += 2) {
      if (!params.path(wanted[i]).asString("").equals(wanted[i + 1])) {
        return false;
      }
    }
    return true;
  }

  private static double second(JsonNode one, String name) {
    return one.path("secondaryMetrics").path(name).path("score").asDouble(Double.NaN);
  }

  /// For people.
  @Override
  public String toString() {
    var text = new StringBuilder();
    String line = "%-54s %10s %10s %10s %10s %7s%n";
    text.append(line.formatted("", "µs", "CPU µs", "engines", "bytes", "share"));
    for (Step step : steps) {
      text.append(
          line.formatted(
              step.name,
              shown(step.micros),
              shown(step.cpu),
              shown(step.engines),
              shown(step.bytes),
              Double.isNaN(step.share)
                  ? ""
                  : String.format(Locale.ROOT, "%.0f %%", 100 * step.share)));
    }
    return text.toString().stripTrailing();
  }

  private static String shown(double value) {
    return Double.isNaN(value)
        ? ""
        : String.format(Locale.ROOT, value < 100 ? "%,.2f" : "%,.0f", value);
  }
}
