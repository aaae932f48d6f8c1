package bench.load;

import bench.results.Progress;
import java.util.ArrayList;
import java.util.List;

/// Runs a system until its messages get no cheaper, because JVMs take three to four times as much
/// CPU before their compilers are done, and a search that begins then ends too low. First in a
/// closed loop, which is as fast as the system is by then, and gets faster with it; then at rates
/// that rise towards those of the search, because batches are smaller there. For one thread.
final class WarmUp {
  /// Long enough that a garbage collection or a checkpoint is not all of it.
  static final int SLICE_SECONDS = 5;

  /// After it the search begins whatever the CPU: PostgreSQL's path settles in less than a minute;
  /// Cassandra's compilers take many, which is said and not waited for.
  static final int MAX_SECONDS = 120;

  private static final double CHEAPER = 0.95; // of the least so far: slices differ by as much
  private static final int PATIENCE = 2; // slices that brought nothing: one may be bad luck
  private static final double[] RISING = {0.25, 0.5, 0.75}; // of the closed loop

  private final Driven system;
  private final Pace pace;
  private final Progress progress;
  private final List<Warmth.Slice> slices = new ArrayList<>();
  private int done; // seconds

  /// @param pace how messages are spread over conversations; its rate does not matter
  WarmUp(Driven system, Pace pace, Progress progress) {
    this.system = system;
    this.pace = pace;
    this.progress = progress;
  }

  /// @param leastSeconds of the closed loop, settled or not
  Warmth run(int leastSeconds) throws InterruptedException {
    int most = Math.max(leastSeconds, MAX_SECONDS);
    double least = Double.MAX_VALUE;
    int inVain = 0;
    while (done < most && (done < leastSeconds || inVain < PATIENCE)) {
      double micros = slice(0, most).micros();
      boolean cheaper = micros > 0 && micros < CHEAPER * least;
      inVain = cheaper ? 0 : inVain + 1;
      least = micros > 0 ? Math.min(least, micros) : least;
    }
    double rate = slices.getLast().rate();
    for (double part : RISING) {
      if (part * rate >= 1) {
        slice(part * rate, most);
      }
    }
    return new Warmth(List.copyOf(slices), inVain >= PATIENCE);
  }

  private Warmth.Slice slice(double rate, int most) throws InterruptedException {
    int all = most + RISING.length * SLICE_SECONDS;
    LoadResult result =
        system.measure(
            pace.with(rate),
            0,
            SLICE_SECONDS,
            now -> progress.at("warming up", done + now.timeline().size(), all, ""));
    done += SLICE_SECONDS;
    var slice =
        new Warmth.Slice(
            SLICE_SECONDS,
            rate == 0,
            result.messagesPerSecond(),
            result.microsPerMessage(),
            result.ackMillis(99));
    slices.add(slice);
    progress.at("warming up", done, all, slice.toString());
    return slice;
  }
}
