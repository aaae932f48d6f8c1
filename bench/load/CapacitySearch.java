package bench.load;

import bench.results.Progress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Looks for the highest rate at which a bound holds, on users that are connected and warm: halves
/// what is not known until it is small, then measures at parts of what it found. For one thread.
final class CapacitySearch {
  private static final int MAX_PROBES = 8; // each halves what is not known
  private static final double CLOSE_ENOUGH = 0.08; // of the rate: runs differ by more than that
  private static final double FIRST_TRY = 0.7; // of the closed loop, whose queues are full
  private static final double LUCK = 1.2; // the closed loop may have been unlucky
  private static final int RUN_IN_SECONDS = 2;
  private static final int[] LEVELS = {50, 75, 90};

  private final LoadSession session;
  private final Pace pace;
  private final Slo slo;
  private final int seconds;
  private final Progress progress;
  private final Consumer<Capacity> soFar;
  private final List<LoadResult> probes = new ArrayList<>();
  private final Map<Integer, LoadResult> levels = new LinkedHashMap<>();
  private LoadResult flatOut;
  private double low; // it holds there
  private double high; // it does not

  /// @param pace how messages are spread over conversations; its rate does not matter
  /// @param seconds of each probe
  /// @param soFar is told after each run what there is, for when it is the last that can be told
  CapacitySearch(
      LoadSession session,
      Pace pace,
      Slo slo,
      int seconds,
      Progress progress,
      Consumer<Capacity> soFar) {
    this.session = session;
    this.pace = pace;
    this.slo = slo;
    this.seconds = seconds;
    this.progress = progress;
    this.soFar = soFar;
  }

  /// @param warmup seconds of the closed loop before it is measured
  /// @param heard of the closed loop, which is a result as long as there is no other
  Capacity find(int warmup, Heard heard) throws InterruptedException {
    flatOut = session.measure(pace.with(0), warmup, seconds, heard);
    told("closed loop", flatOut);
    high = flatOut.messagesPerSecond() * LUCK;
    double rate = flatOut.messagesPerSecond() * FIRST_TRY;
    while (probes.size() < MAX_PROBES && rate >= 1 && high - low > CLOSE_ENOUGH * high) {
      LoadResult probe = at("probe " + (probes.size() + 1), rate);
      probes.add(probe);
      boolean met = slo.met(probe);
      low = met ? rate : low;
      high = met ? high : rate;
      told(met ? "holds" : "does not hold", probe);
      if (probe.verdict().kind() == Verdict.Kind.WRONG) {
        break; // whatever the rate: there is a fault to be found first
      }
      rate = (low + high) / 2;
    }
    for (int percent : LEVELS) {
      if (low > 0) {
        LoadResult level = at(percent + " %", low * percent / 100);
        levels.put(percent, level);
        told(percent + " %", level);
      }
    }
    return capacity(false);
  }

  private LoadResult at(String part, double rate) throws InterruptedException {
    int all = RUN_IN_SECONDS + seconds;
    return session.measure(
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

  private void told(String what, LoadResult result) {
    progress.say(Capacity.said(what, result, slo));
    soFar.accept(capacity(true));
  }

  private Capacity capacity(boolean interrupted) {
    return new Capacity(
        slo, flatOut, List.copyOf(probes), low, new LinkedHashMap<>(levels), interrupted);
  }
}
