package bench.jmh;

/// A benchmark failed before or while it was timed; its twin gave other answers, as a rule.
public final class ProofFailed extends RuntimeException {
  private static final long serialVersionUID = 1;

  ProofFailed(String benchmark, String said, Throwable cause) {
    super(benchmark + " failed: " + line(said, cause), cause);
  }

  /// The line of what the fork said that tells why.
  private static String line(String said, Throwable cause) {
    return said.lines()
        .filter(line -> line.contains("Error") || line.contains("Exception"))
        .findFirst()
        .orElse(cause.getMessage())
        .strip();
  }
}
