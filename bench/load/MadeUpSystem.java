package bench.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A system of figures only, whose true capacity is known: a queue that gets longer towards its
/// limit, cold at first. What a search makes of it takes no time.
final class MadeUpSystem implements Driven {
  private static final double IDLE_MILLIS = 5; // of a message that waits for no other
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double SECOND_NANOS = 1e9;
  private static final double CORES = 2;
  private static final LoadOptions OPTIONS =
      LoadOptions.standard(LoadOptions.Store.POSTGRES, LoadOptions.Profile.ONE_TO_ONE, 0);

  private final double knee;
  private final double coldFactor;
  private final double coldSeconds;
  double closedLoopFactor = 1; // what a closed loop comes to, of the truth
  int disturbedRun; // the open-loop run behind the warm-up in which something has the machine; 0:
  // none
  double wrongAbove = Double.MAX_VALUE; // rates at which a message is lost
  final List<String> log = new ArrayList<>();
  private int openRuns;
  private double age;

  /// @param knee messages a second that it can do, warm
  /// @param coldFactor how many times slower it is at the beginning…
  /// @param coldSeconds … of which a third is left after so long
  MadeUpSystem(double knee, double coldFactor, double coldSeconds) {
    this.knee = knee;
    this.coldFactor = coldFactor;
    this.coldSeconds = coldSeconds;
  }

  /// The highest rate with a 99th percentile of so many milliseconds, warm.
  double truth(double millis) {
    return knee * (1 - IDLE_MILLIS / millis);
  }

  @Override
  public LoadResult measure(Pace pace, int runInSeconds, int seconds, Heard heard) {
    double slower = 1 + (coldFactor - 1) * Math.exp(-age / coldSeconds);
    age += runInSeconds + seconds;
    boolean warming = runInSeconds == 0;
    openRuns += pace.closed() || warming ? 0 : 1;
    boolean disturbed = !pace.closed() && !warming && openRuns == disturbedRun;
    double most = knee / slower * (disturbed ? 0.2 : 1);
    double rate = pace.closed() ? most * closedLoopFactor : pace.rate();
    double done = Math.min(rate, most);
    double millis = rate < most ? IDLE_MILLIS / (1 - rate / most) : seconds * 1e3;
    log.add((warming ? "warm " : pace.closed() ? "closed " : "run ") + Math.round(pace.rate()));
    var tally = new Tally();
    tally.due = Math.round(rate * seconds);
    tally.completed = tally.sent = tally.written = Math.round(done * seconds);
    long nanos = Math.round(millis * NANOS_PER_MILLI);
    Tally.record(tally.sendReceive, nanos);
    Tally.record(tally.sendAck, nanos);
    double micros = CORES * 1e6 / knee * slower;
    var used =
        new Costs(
            Map.of(Costs.SERVER, Math.round(tally.completed * micros * 1e3)),
            true,
            0,
            List.of(0L),
            Math.round(seconds * SECOND_NANOS));
    var result =
        new LoadResult(
            OPTIONS.withPace(pace),
            tally,
            new Outcome(rate > wrongAbove ? 1 : 0, 0, 0, 0, 0, 0, null),
            used,
            0,
            0,
            -1,
            0,
            Map.of(),
            pace,
            List.of(new Second(1, tally)),
            false,
            null,
            0);
    heard.measured(result);
    return result;
  }

  @Override
  public void rest(int seconds) {
    log.add("rest");
  }
}
