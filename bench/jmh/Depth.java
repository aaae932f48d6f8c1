package bench.jmh;

import java.util.List;
import java.util.Map;

/// A benchmark: what it needs, and the values of its parameters in a full run. The smoke values
/// stand at the parameters themselves.
///
/// @param about what ours is, and what the twin is
/// @param full values by parameter
enum Depth {
  DECODE(
      Decode.class,
      Need.NOTHING,
      "a send frame read; Jackson binding a record",
      Map.of("payload", List.of("16", "256", "4096"))),
  ENCODE(
      Encode.class,
      Need.NOTHING,
      "a message frame written; Jackson writing a record",
      Map.of("payload", List.of("16", "256", "4096")));

  /// What has to be started.
  enum Need {
    NOTHING,
    DATABASES
  }

  final Class<?> benchmark;
  final Need need;
  final String about;
  final Map<String, List<String>> full;

  Depth(Class<?> benchmark, Need need, String about, Map<String, List<String>> full) {
    this.benchmark = benchmark;
    this.need = need;
    this.about = about;
    this.full = full;
  }

  /// As it is written on the command line.
  String label() {
    return benchmark.getSimpleName();
  }
}
