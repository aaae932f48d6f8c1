package bench.load;

import bench.client.Arrivals;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/// When a lane's messages are due, whatever became of those before: evenly spaced, or at random
/// moments (Poisson).
final class Pacer implements AutoCloseable {
  private final Pace pace;
  private final double share;
  private final double runInNanos;
  private final double measuredNanos;
  private final SplittableRandom random;
  private final Arrivals arrivals;

  /// @param share of the messages that are this lane's
  /// @param runInSeconds before the measured time, over which the rate may grow
  Pacer(Lane lane, Pace pace, double share, int runInSeconds, int seconds, long seed) {
    this.pace = pace;
    this.share = share;
    this.runInNanos = TimeUnit.SECONDS.toNanos(runInSeconds);
    this.measuredNanos = TimeUnit.SECONDS.toNanos(Math.max(1, seconds));
    this.random = new SplittableRandom(seed);
    this.arrivals =
        new Arrivals(this::gap, (due, count) -> lane.loop().run(() -> lane.arrive(due, count)));
  }

  private double gap(double atNanos) {
    double rate = share * pace.after((atNanos - runInNanos) / measuredNanos);
    double mean = TimeUnit.SECONDS.toNanos(1) / rate;
    return pace.poisson() ? -Math.log(1 - random.nextDouble()) * mean : mean;
  }

  @Override
  public void close() {
    arrivals.close();
  }
}
