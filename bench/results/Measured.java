package bench.results;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import tools.jackson.databind.JsonNode;

/// What was measured, in a few words: only figures of the same are compared, or stand in one line
/// of the history. What is not durable has another name than what is.
public final class Measured {
  private static final String NOT_DURABLE = "not durable";

  /// What may be durable, or not; of other ways from node to node everybody knows.
  private static final Set<String> KEPT = Set.of("postgres", "cql", "streams");

  /// Fields of a run and what they are without flags, which is left out.
  private static final Map<String, String> USUAL = new LinkedHashMap<>();

  static {
    USUAL.put("end_rate", "");
    USUAL.put("zipf", "");
    USUAL.put("read_rate", "");
    USUAL.put("servers", "1");
    USUAL.put("sockets", "200");
    USUAL.put("payload_bytes", "256");
    USUAL.put("encoding", "json");
    USUAL.put("slow_or_stalled_readers", "0");
    USUAL.put("slow_bytes_per_second", "");
    USUAL.put("storm_every_seconds", "");
  }

  private static final String PAIR = "2";
  private static final String GROUP = "10";
  private static final String IN_FLIGHT = "8";
  private static final String WARMUP = "20";

  private Measured() {}

  /// By a benchmark: `Append.ours batch=128 engine=postgres payload=256`.
  ///
  /// @param one of the entries of JMH's JSON, with the environment
  public static String byJmh(JsonNode one) {
    String full = one.path("benchmark").asString();
    var name = new StringJoiner(" ");
    name.add(full.substring(full.lastIndexOf('.', full.lastIndexOf('.') - 1) + 1));
    one.path("params").properties().forEach(p -> name.add(p.getKey() + "=" + text(p.getValue())));
    String store = text(one.at(one.path("params").has("how") ? "/params/how" : "/params/engine"));
    if (KEPT.contains(store) && !durable(store, one.at("/environment/engines"))) {
      name.add(NOT_DURABLE);
    }
    return name.toString();
  }

  /// By `load@catalog`: `one-to-one postgres constant 200/s sockets=20`, or, for a search, the
  /// bound in the place of the rate.
  ///
  /// @param run what `load.json` says
  public static String byLoad(JsonNode run) {
    boolean search = run.has("slo");
    JsonNode with = search ? run.path("closed_loop") : run;
    String profile = text(run.path("profile"));
    var name = new StringJoiner(" ");
    name.add(profile).add(text(run.path("store")));
    name.add(text(run.path(search ? "slo" : "loop")));
    boolean closed = text(with.path("loop")).equals("closed");
    if (!closed) {
      name.add(text(with.path("rate")) + "/s");
    }
    USUAL.forEach((field, usual) -> unlessUsual(name, with, field, usual));
    unlessUsual(name, with, "members", profile.equals("one-to-one") ? PAIR : GROUP);
    if (closed) {
      unlessUsual(name, with, "in_flight", IN_FLIGHT);
    }
    if (search) { // it warms up until it is warm, and its rates come at an even pace or at random
      unlessUsual(name, run.at("/probes/0"), "loop", "constant");
    } else {
      unlessUsual(name, with, "warmup_seconds", WARMUP);
    }
    if (!durable(text(run.path("store")), with.path("engines"))) {
      name.add(NOT_DURABLE);
    }
    return name.toString();
  }

  private static void unlessUsual(StringJoiner name, JsonNode run, String field, String usual) {
    String value = text(run.path(field));
    if (!value.isEmpty() && !value.equals(usual)) {
      name.add(field + "=" + value);
    }
  }

  private static boolean durable(String store, JsonNode engines) {
    Map<String, String> settings = new LinkedHashMap<>();
    engines.properties().forEach(each -> settings.put(each.getKey(), text(each.getValue())));
    return Keeping.of(store, settings).durable();
  }

  private static String text(JsonNode value) {
    return value.asString("").replaceFirst("\\.0$", "");
  }
}
