package bench.load;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// A rate that was tried in a search, once or, when it did not hold, twice.
///
/// @param run the last of its runs
/// @param held whether the bound held in it, and it may be believed
/// @param before the run that did not hold; null: there is only one
record Tried(LoadResult run, boolean held, LoadResult before) {
  /// By name, as JSON has it.
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>(run.fields());
    fields.put("held", held);
    if (before != null) {
      fields.put("tried_before", before.fields());
    }
    return fields;
  }

  /// What its line ends with.
  String again(Slo slo) {
    return before == null
        ? ""
        : String.format(
            Locale.ROOT,
            "   (second try; the first: %s %.2f ms, %s)",
            slo.name(),
            before.receiveMillis(slo.percentile()),
            before.verdict().kind());
  }
}
