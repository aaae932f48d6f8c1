package bench.load;

/// Hears each second how a measurement goes, on the thread that measures.
@FunctionalInterface
public interface Heard {
  /// Nobody listens.
  Heard NOBODY = _ -> {};

  /// It is not measured yet.
  default void warming(int second, int of) {}

  /// What there is until then, for when it is the last that can be told.
  void measured(LoadResult soFar);
}
