package bench.load;

/// What sockets do that a quiet user's would not. Immutable.
///
/// @param stalledShare part of the sockets (0 to 1) that read nothing while it is measured
/// @param slowShare part of them that reads slowly
/// @param slowBytes how much a slow one reads in a second
/// @param stormEvery seconds of the measured time after which sockets break, all at once, and come
///   back at once; 0: none does
/// @param stormShare part of the sockets that does
public record Trouble(
    double stalledShare, double slowShare, int slowBytes, int stormEvery, double stormShare) {
  /// None.
  public static final Trouble NONE = new Trouble(0, 0, 0, 0, 0);

  /// Some read nothing.
  public static Trouble stalled(double share) {
    return new Trouble(share, 0, 0, 0, 0);
  }

  /// Whether sockets break after this second of so many.
  boolean stormAfter(int second, int of) {
    return stormEvery > 0 && second % stormEvery == 0 && second < of;
  }
}
