package bench.load;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The highest rate at which a bound on latency holds, and how the system does at parts of it.
///
/// @param slo the bound
/// @param flatOut what the closed loop came to, where the search begins
/// @param probes each rate that was tried, in turn
/// @param rate the highest that held, messages a second; 0: none did
/// @param levels runs at parts of `rate`, by percent
/// @param interrupted whether the search was told to end before it was over
public record Capacity(
    Slo slo,
    LoadResult flatOut,
    List<LoadResult> probes,
    double rate,
    Map<Integer, LoadResult> levels,
    boolean interrupted) {
  private static final int TELLING_LEVEL = 75; // percent: what a system is run at

  /// For people: a line for each run.
  ///
  /// @param verdict what is said of it in the end
  public String table(Verdict verdict) {
    var text = new StringBuilder();
    text.append(verdict.kind()).append(": ").append(verdict.reason()).append('\n');
    text.append(said("closed loop", flatOut, slo)).append('\n');
    probes.forEach(probe -> text.append(said("tried", probe, slo)).append('\n'));
    levels.forEach(
        (percent, level) -> text.append(said(percent + " % of it", level, slo)).append('\n'));
    return text.toString().stripTrailing();
  }

  static String said(String what, LoadResult result, Slo slo) {
    return String.format(
        Locale.ROOT,
        "  %-14s %,9.0f messages/s   p50 %7.2f ms   %s %8.2f ms   %s: %s",
        what,
        result.messagesPerSecond(),
        result.receiveMillis(50),
        slo.name(),
        result.receiveMillis(slo.percentile()),
        result.verdict().kind(),
        result.verdict().reason());
  }

  /// The run whose histograms are kept.
  LoadResult timed() {
    return levels.getOrDefault(TELLING_LEVEL, flatOut);
  }

  /// Whether a rate was found, and the runs at its parts may be believed.
  public Verdict verdict() {
    for (LoadResult probe : probes) {
      if (probe.verdict().kind() == Verdict.Kind.WRONG) {
        return probe.verdict();
      }
    }
    if (rate == 0) {
      return probes.isEmpty() ? flatOut.verdict() : noneHeld();
    }
    return levels.values().stream()
        .map(LoadResult::verdict)
        .filter(verdict -> verdict.kind() != Verdict.Kind.VALID)
        .findFirst()
        .orElse(
            new Verdict(
                Verdict.Kind.VALID,
                String.format(
                    Locale.ROOT,
                    interrupted
                        ? "%s holds at %,.0f messages/s; the search was not over"
                        : "%s holds up to %,.0f messages/s",
                    slo,
                    rate)));
  }

  private Verdict noneHeld() {
    Verdict last = probes.getLast().verdict();
    boolean loader = last.kind() == Verdict.Kind.LOADER_BOUND;
    return new Verdict(
        loader ? Verdict.Kind.LOADER_BOUND : Verdict.Kind.SATURATED,
        "no rate held " + slo + "; the last one tried: " + last.reason());
  }

  /// By name, as JSON has it.
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("verdict", verdict().kind());
    fields.put("reason", verdict().reason());
    if (interrupted) {
      fields.put("interrupted", true);
    }
    fields.put("slo", slo.toString());
    LoadOptions options = flatOut.options();
    fields.put("store", LoadOptions.asOption(options.store()));
    fields.put("profile", LoadOptions.asOption(options.profile()));
    fields.put("capacity_messages_per_second", Math.round(rate));
    fields.put("closed_loop", flatOut.fields());
    fields.put("probes", probes.stream().map(LoadResult::fields).toList());
    Map<String, Object> at = new LinkedHashMap<>();
    levels.forEach((percent, level) -> at.put("" + percent, level.fields()));
    fields.put("levels", at);
    return fields;
  }
}
