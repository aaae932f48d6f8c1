package bench.load;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/// The highest rate at which a bound on latency holds, and how the system does at parts of it.
///
/// @param slo the bound
/// @param flatOut what the closed loop came to, where the search begins
/// @param probes each rate that was tried, in turn
/// @param rate the highest that held, messages a second; 0: none did
/// @param levels runs at parts of `rate`, by percent
public record Capacity(
    Slo slo,
    LoadResult flatOut,
    List<LoadResult> probes,
    double rate,
    Map<Integer, LoadResult> levels) {
  private static final int MAX_PROBES = 8; // each halves what is not known
  private static final double CLOSE_ENOUGH = 0.08; // of the rate: runs differ by more than that
  private static final double FIRST_TRY = 0.7; // of the closed loop, whose queues are full
  private static final int RUN_IN_SECONDS = 2;
  private static final int[] LEVELS = {50, 75, 90};

  /// Finds it on users that are connected and warm.
  ///
  /// @param pace how messages are spread over conversations; its rate does not matter
  /// @param seconds of each probe
  public static Capacity find(
      LoadSession session, Pace pace, Slo slo, int warmup, int seconds, Consumer<String> progress)
      throws InterruptedException {
    LoadResult flatOut = session.measure(Pace.CLOSED, warmup, seconds, _ -> {});
    progress.accept(said("closed loop", flatOut, slo));
    List<LoadResult> probes = new ArrayList<>();
    double low = 0;
    double high = flatOut.messagesPerSecond() * 1.2; // the closed loop may have been unlucky
    double rate = flatOut.messagesPerSecond() * FIRST_TRY;
    while (probes.size() < MAX_PROBES && rate >= 1 && high - low > CLOSE_ENOUGH * high) {
      LoadResult probe = session.measure(pace.with(rate), RUN_IN_SECONDS, seconds, _ -> {});
      probes.add(probe);
      boolean met = slo.met(probe);
      progress.accept(said(met ? "holds" : "does not hold", probe, slo));
      if (probe.verdict().kind() == Verdict.Kind.WRONG) {
        break; // whatever the rate: there is a fault to be found first
      }
      low = met ? rate : low;
      high = met ? high : rate;
      rate = (low + high) / 2;
    }
    Map<Integer, LoadResult> levels = new LinkedHashMap<>();
    for (int percent : LEVELS) {
      if (low > 0) {
        LoadResult level =
            session.measure(pace.with(low * percent / 100), RUN_IN_SECONDS, seconds, _ -> {});
        levels.put(percent, level);
        progress.accept(said(percent + " %", level, slo));
      }
    }
    return new Capacity(slo, flatOut, probes, low, levels);
  }

  /// For people: a line for each run.
  public String table() {
    var text = new StringBuilder();
    text.append(verdict().kind()).append(": ").append(verdict().reason()).append('\n');
    text.append(said("closed loop", flatOut, slo)).append('\n');
    probes.forEach(probe -> text.append(said("tried", probe, slo)).append('\n'));
    levels.forEach(
        (percent, level) -> text.append(said(percent + " % of it", level, slo)).append('\n'));
    return text.toString().stripTrailing();
  }

  private static String said(String what, LoadResult result, Slo slo) {
    return String.format(
        Locale.ROOT,
        "  %-14s %,9.0f messages/s   p50 %7.2f ms   p%s %8.2f ms   %s: %s",
        what,
        result.messagesPerSecond(),
        result.receiveMillis(50),
        slo.percentile(),
        result.receiveMillis(slo.percentile()),
        result.verdict().kind(),
        result.verdict().reason());
  }

  /// Whether a rate was found, and the runs at its parts may be believed.
  public Verdict verdict() {
    for (LoadResult probe : probes) {
      if (probe.verdict().kind() == Verdict.Kind.WRONG) {
        return probe.verdict();
      }
    }
    if (rate == 0) {
      return probes.isEmpty()
          ? flatOut.verdict()
          : new Verdict(
              probes.getLast().verdict().kind() == Verdict.Kind.LOADER_BOUND
                  ? Verdict.Kind.LOADER_BOUND
                  : Verdict.Kind.SATURATED,
              "no rate held "
                  + slo
                  + "; the last one tried: "
                  + probes.getLast().verdict().reason());
    }
    return levels.values().stream()
        .map(LoadResult::verdict)
        .filter(verdict -> verdict.kind() != Verdict.Kind.VALID)
        .findFirst()
        .orElse(
            new Verdict(
                Verdict.Kind.VALID,
                String.format(Locale.ROOT, "%s holds up to %,.0f messages/s", slo, rate)));
  }

  /// By name, as JSON has it.
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("verdict", verdict().kind());
    fields.put("reason", verdict().reason());
    fields.put("slo", slo.toString());
    fields.put("capacity_messages_per_second", Math.round(rate));
    fields.put("closed_loop", flatOut.fields());
    fields.put("probes", probes.stream().map(LoadResult::fields).toList());
    Map<String, Object> at = new LinkedHashMap<>();
    levels.forEach((percent, level) -> at.put("" + percent, level.fields()));
    fields.put("levels", at);
    return fields;
  }
}
