package bench.load;

import java.util.LinkedHashMap;
import java.util.Map;

/// One second of what was measured.
///
/// @param number 1, 2, 3 …
/// @param tally what was counted and timed in it alone
public record Second(int number, Tally tally) {
  private static final double NANOS_PER_MILLI = 1e6;

  /// By name, as JSON has it.
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("second", number);
    fields.put("due", tally.due);
    fields.put("messages", tally.completed);
    fields.put("deliveries", tally.deliveries);
    fields.put("refused", tally.refused);
    fields.put("send_ack_p50_ms", millis(tally.sendAck.getValueAtPercentile(50)));
    fields.put("send_ack_p99_ms", millis(tally.sendAck.getValueAtPercentile(99)));
    fields.put("send_receive_p50_ms", millis(tally.sendReceive.getValueAtPercentile(50)));
    fields.put("send_receive_p99_ms", millis(tally.sendReceive.getValueAtPercentile(99)));
    fields.put("send_receive_max_ms", millis(tally.sendReceive.getMaxValue()));
    return fields;
  }

  private static double millis(long nanos) {
    return Math.round(nanos / NANOS_PER_MILLI * 1000) / 1000.0;
  }
}
