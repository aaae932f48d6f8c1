package bench.load;

import bench.results.Progress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Looks for the highest rate at which a bound holds: warms the system up until it gets no faster,
/// climbs from below what a closed loop came to until a rate does not hold, halves what is not
/// known until that is small, then measures at parts of what it found. A rate that does not hold is
/// tried once more after a rest: once may be the machine's other work. For one thread.
final class CapacitySearch {
  /// Rates that are tried: two or three until one does not hold, then each halves what is not
  /// known.
  static final int MAX_RATES = 9;

  /// Of the rate that does not hold: runs differ by more than that.
  static final double CLOSE_ENOUGH = 0.08;

  private static final double FIRST_TRY = 0.7; // of the closed loop, whose queues are full
  private static final double CLIMB = 1.25; // while nothing failed
  private static final int RUN_IN_SECONDS = 2;
  private static final int REST_SECONDS = 5; // for what a burst left: dirty pages, garbage
  private static final int[] LEVELS = {50, 75, 90};

  private final Driven system;
  private final Pace pace;
  private final Slo slo;
  private final int seconds;
  private final Progress progress;
  private final Consumer<Capacity> soFar;
  private final List<Tried> probes = new ArrayList<>();
  private final Map<Integer, Tried> levels = new LinkedHashMap<>();
  private Warmth warmth;
  private LoadResult flatOut;
  private double low; // it holds there
  private double high; // it does not; 0: that was not seen yet

  /// @param pace how messages are spread over conversations; its rate does not matter
  /// @param seconds of each run
  /// @param soFar is told after each run what there is, for when it is the last that can be told
  CapacitySearch(
      Driven system, Pace pace, Slo slo, int seconds, Progress progress, Consumer<Capacity> soFar) {
    this.system = system;
    this.pace = pace;
    this.slo = slo;
    this.seconds = seconds;
    this.progress = progress;
    this.soFar = soFar;
  }

  /// @param leastWarmup seconds of warming up that are not left out
  /// @param heard of the closed loop, which is a result as long as there is no other
  Capacity find(int leastWarmup, Heard heard) throws InterruptedException {
    warmth = new WarmUp(system, pace, progress).run(leastWarmup);
    progress.say("  " + warmth.said());
    flatOut = system.measure(pace.with(0), RUN_IN_SECONDS, seconds, heard);
    told("closed loop", flatOut, "");
    if (!wrong(flatOut)) {
      search();
    }
    for (int percent : LEVELS) {
      if (low > 0 && !foundWrong()) {
        Tried level = twice(percent + " %", low * percent / 100);
        levels.put(percent, level);
        told(percent + " %", level.run(), level.again(slo));
      }
    }
    return capacity(false);
  }

  private void search() throws InterruptedException {
    double rate = flatOut.messagesPerSecond() * FIRST_TRY;
    while (probes.size() < MAX_RATES
        && rate >= 1
        && (high == 0 || high - low > CLOSE_ENOUGH * high)) {
      Tried probe = twice("rate " + (probes.size() + 1), rate);
      probes.add(probe);
      if (probe.held()) {
        low = rate;
      } else {
        high = rate;
      }
      told(probe.held() ? "holds" : "does not hold", probe.run(), probe.again(slo));
      if (wrong(probe.run())) {
        return; // whatever the rate: there is a fault to be found first
      }
      rate = high == 0 ? CLIMB * low : (low + high) / 2;
    }
  }

  private boolean foundWrong() {
    return probes.stream().anyMatch(probe -> wrong(probe.run()))
        || levels.values().stream().anyMatch(level -> wrong(level.run()));
  }

  private static boolean wrong(LoadResult result) {
    return result.verdict().kind() == Verdict.Kind.WRONG;
  }

  private Tried twice(String part, double rate) throws InterruptedException {
    LoadResult once = at(part, rate);
    if (slo.met(once) || wrong(once)) {
      return new Tried(once, slo.met(once), null);
    }
    told("did not hold", once, "   (once more after a rest of " + REST_SECONDS + " s)");
    system.rest(REST_SECONDS);
    LoadResult again = at(part + ", again", rate);
    return new Tried(again, slo.met(again), once);
  }

  private LoadResult at(String part, double rate) throws InterruptedException {
    int all = RUN_IN_SECONDS + seconds;
    return system.measure(
        pace.with(rate),
        RUN_IN_SECONDS,
        seconds,
        new Heard() {
          @Override
          public void warming(int second, int of) {
            progress.at(part, second, all, "");
          }

          @Override
          public void measured(LoadResult now) {
            int second = RUN_IN_SECONDS + now.timeline().size();
            progress.at(part, second, all, LoadRun.figures(now));
          }
        });
  }

  private void told(String what, LoadResult result, String more) {
    progress.say(Capacity.said(what, result, slo) + more);
    soFar.accept(capacity(true));
  }

  private Capacity capacity(boolean interrupted) {
    return new Capacity(
        slo,
        warmth,
        flatOut,
        List.copyOf(probes),
        low,
        high,
        new LinkedHashMap<>(levels),
        interrupted);
  }
}
