package bench.load;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// How a system was warmed up before a search.
///
/// @param slices what each part of it came to, in turn; at least one
/// @param settled whether a message got no cheaper at its end; else there was no time left for it
record Warmth(List<Slice> slices, boolean settled) {
  /// A part of it.
  ///
  /// @param seconds how long it took
  /// @param closed whether the loop was closed; else there was a rate to keep
  /// @param rate messages a second that came through
  /// @param micros CPU of a message, of all parts that can be measured
  /// @param ackMillis send to ack, 99th percentile
  record Slice(int seconds, boolean closed, double rate, double micros, double ackMillis) {
    Map<String, Object> fields() {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("seconds", seconds);
      fields.put("loop", closed ? "closed" : "open");
      fields.put("messages_per_second", Math.round(rate));
      fields.put("cpu_micros_per_message", Math.round(micros * 10) / 10.0);
      fields.put("send_ack_p99_ms", Math.round(ackMillis * 10) / 10.0);
      return fields;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%,9.0f messages/s  %.1f µs of CPU a message  ack p99 %.1f ms",
          rate,
          micros,
          ackMillis);
    }
  }

  /// How long it took.
  int seconds() {
    return slices.stream().mapToInt(Slice::seconds).sum();
  }

  /// In a sentence.
  String said() {
    List<Slice> closed = slices.stream().filter(Slice::closed).toList();
    return String.format(
        Locale.ROOT,
        "warmed up for %d s: %.1f, then %.1f µs of CPU a message, %s",
        seconds(),
        closed.getFirst().micros,
        closed.getLast().micros,
        settled ? "settled" : "and still getting cheaper");
  }

  /// By name, as JSON has it.
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("seconds", seconds());
    fields.put("settled", settled);
    fields.put("slices", slices.stream().map(Slice::fields).toList());
    return fields;
  }
}
