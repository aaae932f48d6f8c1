package bench.load;

import java.util.LinkedHashMap;
import java.util.Map;

/// What is told of a run: at its end, or when it is told to end.
///
/// @param fields by name, as JSON has them; its verdict is the one that the rig leaves
/// @param table for people
/// @param timed whose histograms and time line are kept
record Found(Map<String, Object> fields, String table, LoadResult timed, Verdict verdict) {
  /// @param rig null: it was not measured
  static Found of(LoadResult result, Rig rig) {
    Verdict verdict = rig == null ? result.verdict() : rig.judge(result);
    var fields = judged(result.fields(), verdict, rig);
    return new Found(fields, LoadResult.table(fields), result, verdict);
  }

  /// @param rig null: it was not measured
  static Found of(Capacity capacity, Rig rig) {
    Verdict verdict = rig == null ? capacity.verdict() : rig.judge(capacity);
    var fields = judged(capacity.fields(), verdict, rig);
    return new Found(fields, capacity.table(verdict), capacity.timed(), verdict);
  }

  private static Map<String, Object> judged(Map<String, Object> own, Verdict verdict, Rig rig) {
    Map<String, Object> fields = new LinkedHashMap<>(own);
    fields.put("verdict", verdict.kind());
    fields.put("reason", verdict.reason());
    if (rig != null) {
      fields.put("rig", rig.fields());
    }
    return fields;
  }
}
