package bench.report;

import bench.load.RunFiles;
import fixtures.urls.EnvironmentError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

/// A run's latencies by percentile, from the log of its histograms.
final class Percentiles {
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double[] AT = {
    0, 10, 25, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 96, 97, 98, 99, 99.5, 99.75, 99.9, 99.95,
    99.99, 99.999
  };

  private Percentiles() {}

  /// Points of each histogram by its name: the percentile, and the latency in milliseconds. Beyond
  /// what so many values can tell there is no point.
  static Map<String, List<double[]>> of(Path folder) {
    Path file = folder.resolve(RunFiles.LOG);
    Map<String, Histogram> all = new LinkedHashMap<>();
    if (Files.isRegularFile(file)) {
      try (var log = Files.newInputStream(file)) {
        var reader = new HistogramLogReader(log);
        while (reader.hasNext()) {
          if (reader.nextIntervalHistogram() instanceof Histogram one) {
            all.merge(one.getTag(), one, Percentiles::sum);
          }
        }
      } catch (IOException e) {
        throw new EnvironmentError("cannot read " + file + ": " + e.getMessage(), e);
      }
    }
    Map<String, List<double[]>> points = new LinkedHashMap<>();
    all.forEach((name, histogram) -> {
      if (histogram.getTotalCount() > 0) {
        points.put(name, points(histogram));
      }
    });
    return points;
  }

  private static Histogram sum(Histogram one, Histogram other) {
    one.add(other);
    return one;
  }

  private static List<double[]> points(Histogram histogram) {
    List<double[]> points = new ArrayList<>();
    for (double at : AT) {
      if ((100 - at) / 100 * histogram.getTotalCount() >= 1) {
        points.add(new double[] {at, histogram.getValueAtPercentile(at) / NANOS_PER_MILLI});
      }
    }
    return points;
  }
}
