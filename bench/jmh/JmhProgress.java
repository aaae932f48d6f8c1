package bench.jmh;

import bench.results.Progress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.format.OutputFormat;

/// Hears what JMH does: says one line for each result, and keeps every result that is there, so
/// that nothing measured is lost when the run is stopped. JMH calls it from one thread; what was
/// kept may be asked for from any.
final class JmhProgress implements OutputFormat {
  private static final int MAX_SAID = 4_000; // of a fork that fails; its reason stands at the end

  private final int expected;
  private final Progress progress;
  private final List<RunResult> kept = new ArrayList<>(); // guarded by this
  private final StringBuilder said = new StringBuilder(); // guarded by this
  private final long startNanos = System.nanoTime();
  private int started;

  /// @param expected benchmarks with each combination of parameters
  JmhProgress(int expected, Progress progress) {
    this.expected = expected;
    this.progress = progress;
  }

  /// What is there so far.
  synchronized List<RunResult> kept() {
    return List.copyOf(kept);
  }

  /// What the forks said last.
  synchronized String said() {
    return said.toString().strip();
  }

  @Override
  public void startBenchmark(BenchmarkParams params) {
    progress.at("benchmarks", started++, expected, "");
  }

  @Override
  public void endBenchmark(BenchmarkResult result) {
    if (result == null) {
      return;
    }
    synchronized (this) {
      kept.add(new RunResult(result.getParams(), forks(result)));
    }
    Result<?> primary = result.getPrimaryResult();
    double left =
        (System.nanoTime() - startNanos) / 1e9 / started * Math.max(0, expected - started);
    progress.say(
        String.format(
            Locale.ROOT,
            "%3d/%d  %-44s %12.3f ± %.3f %s%s",
            started,
            expected,
            label(result.getParams()),
            primary.getScore(),
            primary.getScoreError(),
            primary.getScoreUnit(),
            left < 1 ? "" : String.format(Locale.ROOT, "   %.0f s left", left)));
  }

  /// JMH tells of all forks together, one after the other; apart, as its own files have them, each
  /// fork's mean can be one measurement.
  private static List<BenchmarkResult> forks(BenchmarkResult result) {
    BenchmarkParams params = result.getParams();
    int each = params.getMeasurement().getCount();
    List<IterationResult> all = List.copyOf(result.getIterationResults());
    List<BenchmarkResult> forks = new ArrayList<>();
    for (int from = 0; from < all.size(); from += each) {
      List<IterationResult> one = all.subList(from, Math.min(from + each, all.size()));
      forks.add(new BenchmarkResult(params, one, result.getMetadata()));
    }
    return forks;
  }

  /// `Decode.ours encoding=json payload=256`.
  static String label(BenchmarkParams params) {
    String name = params.getBenchmark();
    String shortName = name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1);
    Map<String, String> values = new TreeMap<>();
    params.getParamsKeys().forEach(key -> values.put(key, params.getParam(key)));
    return shortName
        + values.entrySet().stream()
            .map(value -> " " + value.getKey() + "=" + value.getValue())
            .collect(Collectors.joining());
  }

  private synchronized void note(String text) {
    said.append(text);
    if (said.length() > MAX_SAID) {
      said.delete(0, said.length() - MAX_SAID);
    }
  }

  @Override
  public void print(String text) {
    note(text);
  }

  @Override
  public void println(String text) {
    note(text + "\n");
  }

  @Override
  public void verbosePrintln(String text) {}

  @Override
  public void write(int one) {
    note(String.valueOf((char) one));
  }

  @Override
  public void write(byte[] bytes) {
    note(new String(bytes, java.nio.charset.StandardCharsets.UTF_8));
  }

  @Override
  public void iteration(BenchmarkParams benchmark, IterationParams params, int iteration) {}

  @Override
  public void iterationResult(
      BenchmarkParams benchmark, IterationParams params, int iteration, IterationResult data) {}

  @Override
  public void startRun() {}

  @Override
  public void endRun(Collection<RunResult> result) {}

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
