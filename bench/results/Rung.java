package bench.results;

import java.util.Map;

/// The steps of the ladder: which benchmark stands for each depth of a message's way, and with
/// which values, so that it is the same message at each.
public enum Rung {
  READ("read the send frame", "Decode", 1, Map.of("encoding", "json", "payload", "256")),
  BATCH("batch, answer the sender", "Batch", 1, Map.of("committers", "1", "payload", "256")),
  COMMIT(
      "commit, in a batch of 128",
      "Append",
      128,
      Map.of("engine", "postgres", "batch", "128", "payload", "256")),
  HAND_ON(
      "write the message frame, hand it to a socket",
      "FanOut",
      1,
      Map.of("recipients", "1", "payload", "256"));

  /// In words.
  public final String step;

  /// By the name of its class.
  public final String benchmark;

  /// That one operation of it is for.
  public final int messages;

  /// Values of its parameters.
  public final Map<String, String> values;

  Rung(String step, String benchmark, int messages, Map<String, String> values) {
    this.step = step;
    this.benchmark = benchmark;
    this.messages = messages;
    this.values = values;
  }
}
