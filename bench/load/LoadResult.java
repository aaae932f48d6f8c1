package bench.load;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/// What a run came to.
///
/// @param tally of the measured time
/// @param outcome of all messages, the warm-up's included
/// @param used CPU in the measured time
/// @param transactions of PostgreSQL in the measured time; -1: not known, as the next three
/// @param commands of Redis in the measured time
/// @param allocatedBytes by the servers in the measured time
/// @param serverRssBytes of all servers, at its end
/// @param engines versions and settings
/// @param timeline second by second
/// @param readTimes of reads by HTTP, nanoseconds; null: there were none
/// @param readsFailed refused, or without an answer
/// @param interrupted whether it was told to end: what was under way then is not judged
public record LoadResult(
    LoadOptions options,
    Tally tally,
    Outcome outcome,
    Costs used,
    long transactions,
    long commands,
    long allocatedBytes,
    long serverRssBytes,
    Map<String, String> engines,
    Pace pace,
    List<Second> timeline,
    boolean interrupted,
    Histogram readTimes,
    long readsFailed) {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double NANOS_PER_MICRO = 1e3;
  private static final double P99 = 99;

  /// Whether it may be believed.
  public Verdict verdict() {
    long due = interrupted ? tally.due - timeline.getLast().tally().due : tally.due;
    double behind = due == 0 ? 0 : Math.max(0, due - tally.completed) / (double) due;
    return Verdict.of(
        new Verdict.Facts(
            options.closedLoop(),
            due,
            tally.completed,
            tally.refused,
            tally.dropped,
            outcome.lost(),
            outcome.duplicated(),
            outcome.reordered(),
            outcome.unanswered(),
            outcome.failure(),
            used.busiestLoop(),
            tally.late.getValueAtPercentile(P99) / NANOS_PER_MILLI,
            tally.sendReceive.getValueAtPercentile(P99) / NANOS_PER_MILLI,
            behind * used.atNanos() / NANOS_PER_MILLI));
  }

  /// By name, in order, as JSON has it.
  public Map<String, Object> fields() {
    Verdict verdict = verdict();
    double seconds = used.atNanos() / NANOS_PER_SECOND;
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("verdict", verdict.kind());
    fields.put("reason", verdict.reason());
    fields.put("store", LoadOptions.asOption(options.store()));
    fields.put("profile", LoadOptions.asOption(options.profile()));
    fields.put(
        "loop", options.closedLoop() ? "closed" : options.poisson() ? "poisson" : "constant");
    fields.put("rate", options.rate());
    if (pace.endRate() != pace.rate()) {
      fields.put("end_rate", pace.endRate());
    }
    if (pace.zipf() > 0) {
      fields.put("zipf", pace.zipf());
    }
    if (interrupted) {
      fields.put("interrupted", true);
    }
    fields.put("seconds", round(seconds));
    fields.put("warmup_seconds", options.warmupSeconds());
    fields.put("servers", options.servers());
    fields.put("sockets", options.sockets());
    fields.put("members", options.roomSize());
    fields.put("payload_bytes", options.payloadBytes());
    fields.put("encoding", LoadOptions.asOption(options.encoding()));
    fields.put("in_flight", options.closedLoop() ? options.inFlight() : 0);
    fields.put("messages", tally.completed);
    fields.put("messages_per_second", round(tally.completed / seconds));
    fields.put("deliveries", tally.deliveries);
    fields.put("deliveries_per_second", round(tally.deliveries / seconds));
    if (used.whole()) {
      fields.put("messages_per_core_second", perCore(tally.completed, used.system()));
    }
    fields.put("deliveries_per_core_second", perCore(tally.deliveries, server()));
    fields.put("deliveries_per_core_second_of", Costs.SERVER);
    Map<String, Object> cpu = new LinkedHashMap<>();
    used.parts().forEach((part, nanos) -> cpu.put(part, micros(nanos)));
    if (used.whole()) {
      cpu.put("all", micros(used.system()));
    }
    cpu.put("loader", micros(used.loader()));
    fields.put("cpu_micros_per_message", cpu);
    fields.put("loader_busy", round(used.busiestLoop()));
    fields.put("send_ack_ms", latency(tally.sendAck));
    fields.put("send_receive_ms", latency(tally.sendReceive));
    fields.put("raw_send_ack_ms", latency(tally.rawAck));
    fields.put("raw_send_receive_ms", latency(tally.rawReceive));
    fields.put("receive_acknowledged_ms", latency(tally.acknowledged));
    fields.put("written_late_ms", latency(tally.late));
    if (readTimes != null) {
      fields.put("read_rate", pace.reads());
      fields.put("reads", readTimes.getTotalCount());
      fields.put("reads_failed", readsFailed);
      fields.put("read_ms", latency(readTimes));
    }
    fields.put("lost", outcome.lost());
    fields.put("duplicated", outcome.duplicated());
    fields.put("reordered", outcome.reordered());
    fields.put("unanswered", outcome.unanswered());
    fields.put("refused", tally.refused);
    fields.put("first_refusal", tally.firstRefusal);
    fields.put("dropped", tally.dropped);
    fields.put("acknowledgement_frames", tally.acknowledgements);
    Trouble trouble = options.trouble();
    fields.put("slow_or_stalled_readers", outcome.stalledReaders());
    if (trouble.slowShare() > 0) {
      fields.put("slow_bytes_per_second", trouble.slowBytes());
    }
    if (trouble.stormEvery() > 0) {
      fields.put("storm_every_seconds", trouble.stormEvery());
      fields.put("sockets_broken_and_back", tally.back.getTotalCount());
      fields.put("broken_caught_up_ms", latency(tally.back));
    }
    known(fields, "postgres_transactions_per_message", transactions);
    known(fields, "redis_commands_per_message", commands);
    known(fields, "server_allocated_bytes_per_message", allocatedBytes);
    if (serverRssBytes >= 0) {
      fields.put("server_rss_mb", serverRssBytes >> 20);
    }
    fields.put("engines", engines);
    return fields;
  }

  /// The same second by second.
  public List<Map<String, Object>> seconds() {
    return timeline.stream().map(Second::fields).toList();
  }

  public double messagesPerSecond() {
    return tally.completed * NANOS_PER_SECOND / used.atNanos();
  }

  /// All parts together, the loader left out.
  public double messagesPerCoreSecond() {
    return perCore(tally.completed, used.system());
  }

  /// Of the servers' CPU alone.
  public double deliveriesPerServerCoreSecond() {
    return perCore(tally.deliveries, server());
  }

  /// Microseconds of all parts, for each message.
  public double microsPerMessage() {
    return micros(used.system());
  }

  /// Microseconds of one part, for each message.
  public double micros(String part) {
    return micros(used.parts().get(part));
  }

  /// Send to receive, from when it was due.
  public double receiveMillis(double percentile) {
    return tally.sendReceive.getValueAtPercentile(percentile) / NANOS_PER_MILLI;
  }

  /// Send to ack, from when it was due.
  double ackMillis(double percentile) {
    return tally.sendAck.getValueAtPercentile(percentile) / NANOS_PER_MILLI;
  }

  /// Messages that were committed together, nearly: what else PostgreSQL did counts as batches.
  public double messagesPerBatch() {
    return transactions <= 0 ? 1 : tally.completed / (double) transactions;
  }

  private long server() {
    return used.parts().get(Costs.SERVER);
  }

  private static long perCore(long count, long nanos) {
    return nanos == 0 ? 0 : Math.round(count * NANOS_PER_SECOND / nanos);
  }

  private void known(Map<String, Object> fields, String perMessage, long count) {
    if (count >= 0) {
      double each = tally.completed == 0 ? 0 : round(count / (double) tally.completed);
      fields.put(perMessage, each);
    }
  }

  private double micros(long nanos) {
    return tally.completed == 0 ? 0 : round(nanos / NANOS_PER_MICRO / tally.completed);
  }

  private static Map<String, Double> latency(Histogram histogram) {
    Map<String, Double> at = new LinkedHashMap<>();
    at.put("p50", round(histogram.getValueAtPercentile(50) / NANOS_PER_MILLI));
    at.put("p99", round(histogram.getValueAtPercentile(P99) / NANOS_PER_MILLI));
    at.put("p999", round(histogram.getValueAtPercentile(99.9) / NANOS_PER_MILLI));
    at.put("max", round(histogram.getMaxValue() / NANOS_PER_MILLI));
    return at;
  }

  private static double round(double value) {
    return Math.round(value * 1000) / 1000.0;
  }

  /// Fields for people: one figure a line.
  public static String table(Map<String, Object> fields) {
    var text = new StringBuilder();
    fields.forEach((name, value) -> {
      String shown = value instanceof Map<?, ?> map ? spread(map) : String.valueOf(value);
      text.append(String.format(Locale.ROOT, "%-34s %s%n", name.replace('_', ' '), shown));
    });
    return text.toString();
  }

  static String spread(Map<?, ?> map) {
    var text = new StringBuilder();
    map.forEach((name, value) -> text.append(name).append(' ').append(value).append("   "));
    return text.toString().stripTrailing();
  }
}
