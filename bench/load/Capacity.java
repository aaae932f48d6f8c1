package bench.load;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/// The highest rate at which a bound on latency holds, and how the system does at parts of it.
///
/// @param slo the bound
/// @param warmth how it was warmed up before
/// @param flatOut what the closed loop came to, where the search begins
/// @param probes each rate that was tried, in turn
/// @param rate the highest that held, messages a second; 0: none did
/// @param tooHigh the least that did not hold; 0: all did
/// @param levels runs at parts of `rate`, by percent
/// @param interrupted whether the search was told to end before it was over
record Capacity(
    Slo slo,
    Warmth warmth,
    LoadResult flatOut,
    List<Tried> probes,
    double rate,
    double tooHigh,
    Map<Integer, Tried> levels,
    boolean interrupted) {
  private static final int TELLING_LEVEL = 75; // percent: what a system is run at

  /// For people: a line for each run.
  ///
  /// @param verdict what is said of it in the end
  String table(Verdict verdict) {
    var text = new StringBuilder();
    text.append(verdict.kind()).append(": ").append(verdict.reason()).append('\n');
    text.append("  ").append(LoadResult.spread(flatOut.engines())).append('\n');
    text.append("  ").append(warmth.said()).append('\n');
    text.append(said("closed loop", flatOut, slo)).append('\n');
    for (Tried probe : probes) {
      line(text, probe.held() ? "holds" : "does not hold", probe);
    }
    levels.forEach((percent, level) -> line(text, percent + " % of it", level));
    return text.toString().stripTrailing();
  }

  private void line(StringBuilder text, String what, Tried tried) {
    text.append(said(what, tried.run(), slo)).append(tried.again(slo)).append('\n');
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
    Tried level = levels.get(TELLING_LEVEL);
    return level == null ? flatOut : level.run();
  }

  /// Whether a rate was found, and the runs at its parts may be believed and keep the bound.
  Verdict verdict() {
    var wrong =
        Stream.concat(
                Stream.of(flatOut),
                Stream.concat(probes.stream(), levels.values().stream()).map(Tried::run))
            .map(LoadResult::verdict)
            .filter(verdict -> verdict.kind() == Verdict.Kind.WRONG)
            .findFirst();
    if (wrong.isPresent()) {
      return wrong.get();
    }
    if (rate == 0) {
      return probes.isEmpty() ? flatOut.verdict() : noneHeld();
    }
    return levels.entrySet().stream()
        .filter(level -> !level.getValue().held())
        .findFirst()
        .map(level -> notAt(level.getKey(), level.getValue().run()))
        .orElseGet(() -> new Verdict(Verdict.Kind.VALID, found()));
  }

  /// A rate that held, and a lower one that does not, twice: one of them was luck.
  private Verdict notAt(int percent, LoadResult level) {
    Verdict own = level.verdict();
    String what =
        String.format(
            Locale.ROOT, "%s held at %,.0f messages/s and not at %d %% of it", slo, rate, percent);
    return own.kind() == Verdict.Kind.VALID
        ? new Verdict(
            Verdict.Kind.SATURATED,
            String.format(
                Locale.ROOT,
                "%s: %s %.2f ms",
                what,
                slo.name(),
                level.receiveMillis(slo.percentile())))
        : new Verdict(own.kind(), what + ": " + own.reason());
  }

  private String found() {
    var text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%s holds up to %,.0f messages/s", slo, rate));
    probes.stream()
        .filter(probe -> !probe.held() && probe.run().pace().rate() == tooHigh)
        .forEach(probe -> text.append(", ").append(notAbove(probe.run())));
    text.append(interrupted ? "; the search was not over" : "");
    text.append(warmth.settled() ? "" : "; it was still getting faster when the search began");
    return text.toString();
  }

  /// Why the next rate does not hold: the system's reason, or the loader's.
  private String notAbove(LoadResult next) {
    String rate = String.format(Locale.ROOT, "%,.0f", next.pace().rate());
    Verdict own = next.verdict();
    return switch (own.kind()) {
      case VALID ->
          String.format(
              Locale.ROOT,
              "and at %s %s is %.0f ms",
              rate,
              slo.name(),
              next.receiveMillis(slo.percentile()));
      case LOADER_BOUND ->
          "and maybe more: at %s it is the loader that is late (%s)".formatted(rate, own.reason());
      case SATURATED, WRONG -> "and at %s %s".formatted(rate, own.reason());
    };
  }

  private Verdict noneHeld() {
    Verdict last = probes.getLast().run().verdict();
    boolean loader = last.kind() == Verdict.Kind.LOADER_BOUND;
    return new Verdict(
        loader ? Verdict.Kind.LOADER_BOUND : Verdict.Kind.SATURATED,
        "no rate held %s%s; the last one tried: %s"
            .formatted(slo, interrupted ? " until the search was stopped" : "", last.reason()));
  }

  /// By name, as JSON has it.
  Map<String, Object> fields() {
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
    if (tooHigh > 0) {
      fields.put("too_high_messages_per_second", Math.round(tooHigh));
    }
    fields.put("warming", warmth.fields());
    fields.put("closed_loop", flatOut.fields());
    fields.put("probes", probes.stream().map(Tried::fields).toList());
    Map<String, Object> at = new LinkedHashMap<>();
    levels.forEach((percent, level) -> at.put("" + percent, level.fields()));
    fields.put("levels", at);
    return fields;
  }
}
