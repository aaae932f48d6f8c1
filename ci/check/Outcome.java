package ci.check;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a run came to.
///
/// @param moved what the moves were like, if there were any
/// @param sendingSeconds from the first message to the last answer, the faults included
/// @param seconds all of it but starting and ending the processes
public record Outcome(
    CheckOptions options,
    Judge.Verdict verdict,
    List<Fault> faults,
    Moved moved,
    double sendingSeconds,
    double seconds) {
  /// Whether every promise was kept.
  public boolean passed() {
    return verdict.count() == 0;
  }

  /// For `--json`.
  public Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("verdict", passed() ? "PASSED" : "VIOLATED");
    json.put("store", options.cql() ? "cql" : "postgres");
    json.put("messages", options.messages());
    json.put("acknowledged", verdict.acknowledged());
    json.put("unknown", verdict.unknown());
    json.put("unknown_stored", verdict.unknownStored());
    json.put("refused", verdict.refused());
    json.put("deliveries", verdict.deliveries());
    json.put("messages_per_second", Math.round(options.messages() / sendingSeconds));
    json.put("seconds", Math.round(seconds * 10) / 10.0);
    json.put("seed", options.seed());
    json.put("faults", faults.stream().map(Outcome::toJson).toList());
    if (options.during().isPresent()) {
      json.put("during", options.during().get().toString());
      json.put("pauses_millis", moved.pausesMillis());
      json.put("failed_requests", moved.failed());
    }
    json.put("violation_count", verdict.count());
    json.put("violations", verdict.violations().stream().map(Outcome::toJson).toList());
    return json;
  }

  private static Map<String, Object> toJson(Fault fault) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("kind", fault.kind());
    json.put("target", fault.target());
    json.put("at_seconds", Math.round(fault.atSeconds() * 1000) / 1000.0);
    json.put("seconds", Math.round(fault.seconds() * 1000) / 1000.0);
    return json;
  }

  private static Map<String, Object> toJson(Violation violation) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("promise", violation.promise().number());
    json.put("promise_text", violation.promise().toString());
    json.put("message", violation.message());
    json.put("what", violation.what());
    json.put("history", violation.history());
    return json;
  }

  /// For people.
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: %d messages on %s, %d acknowledged, %d unknown (%d of them stored), %d refused, %d faults, %.0f s, seed %d"
            .formatted(
                passed() ? "PASSED" : "VIOLATED",
                options.messages(),
                options.cql() ? "CQL" : "PostgreSQL",
                verdict.acknowledged(),
                verdict.unknown(),
                verdict.unknownStored(),
                verdict.refused(),
                faults.size(),
                seconds,
                options.seed()));
    if (moved.pausesMillis().size() > 1) {
      lines.add("  " + moved.pauses());
    }
    if (options.during().isPresent()) {
      lines.add("  " + options.during().get());
      moved.latencies().ifPresent(text -> lines.add("  " + text));
      lines.add("  " + moved.failures());
      faults.forEach(
          fault -> lines.add("  %6.1f s  %s".formatted(fault.atSeconds(), fault.target())));
    }
    if (!passed()) {
      Violation first = verdict.violations().getFirst();
      lines.add(first.promise().toString());
      lines.add("  message %d %s".formatted(first.message(), first.what()));
      first.history().forEach(line -> lines.add("    " + line));
      if (verdict.count() > 1) {
        lines.add("  and %d more violations; --json tells of some".formatted(verdict.count() - 1));
      }
    }
    return lines;
  }
}
