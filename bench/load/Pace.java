package bench.load;

/// How fast messages come, and who sends them. Immutable.
///
/// @param rate messages a second at the beginning, whatever the answers (open loop); 0: as fast as
///   the answers allow (closed loop)
/// @param endRate at the end of the measured time; between them the rate grows evenly
/// @param poisson whether arrivals are random; else evenly spaced
/// @param zipf how unevenly conversations talk: the n-th talks as often as 1/n to this power; 0:
///   all alike
/// @param reads a second, by HTTP, beside the messages; 0: none
public record Pace(double rate, double endRate, boolean poisson, double zipf, double reads) {
  /// The next message waits for the answers.
  public static final Pace CLOSED = new Pace(0, 0, false, 0, 0);

  /// One rate all the time, all conversations alike.
  public static Pace at(double rate, boolean poisson) {
    return new Pace(rate, rate, poisson, 0, 0);
  }

  /// What `options` say.
  static Pace of(LoadOptions options) {
    return at(options.rate(), options.poisson());
  }

  /// The same at another rate, all the time.
  public Pace with(double other) {
    return new Pace(other, other, poisson, zipf, reads);
  }

  /// Whether the next message waits for the answers.
  public boolean closed() {
    return rate == 0;
  }

  /// The rate when this part (0 to 1) of the measured time is over.
  double after(double part) {
    return rate + (endRate - rate) * Math.clamp(part, 0, 1);
  }
}
