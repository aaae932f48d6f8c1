package bench.load;

import bench.results.Environment;
import bench.results.Measured;
import bench.results.Results;
import fixtures.urls.EnvironmentError;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;
import tools.jackson.databind.json.JsonMapper;

/// What is left of a run: `load.json`, and `load.hdr.log` with the histograms of every second. A
/// run that is not VALID leaves `load.json.FAIL`: nothing that looks for results takes it for one.
///
/// The log is of HdrHistogram's own format (V2, milliseconds in its last column); its tags are
/// those of [Tally#timed].
public final class RunFiles {
  /// The file of results in a run's folder.
  public static final String FILE = "load.json";

  /// The histograms beside it.
  public static final String LOG = "load.hdr.log";

  private static final String INVALID = ".FAIL";

  private RunFiles() {}

  /// Writes them, and a line of the history when the run is VALID and was not told to end.
  ///
  /// @param fields the run's, by name
  /// @param timed whose histograms are written
  /// @return the file of results
  /// @throws EnvironmentError when they cannot be written
  public static Path write(
      Path folder, Map<String, Object> fields, LoadResult timed, Verdict verdict) {
    Map<String, Object> all = new LinkedHashMap<>(fields);
    all.put("timeline", timed.seconds());
    all.put("environment", Environment.now(timed.engines()));
    boolean valid = verdict.kind() == Verdict.Kind.VALID;
    Path file = folder.resolve(valid ? FILE : FILE + INVALID);
    try {
      Files.createDirectories(folder);
      Files.writeString(
          file, new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(all));
      log(folder.resolve(valid ? LOG : LOG + INVALID), timed.timeline());
    } catch (IOException e) {
      throw new EnvironmentError("cannot write " + file + ": " + e.getMessage(), e);
    }
    if (valid && !all.containsKey("interrupted")) {
      Results.remember(folder, line(all));
    }
    return file;
  }

  private static void log(Path file, List<Second> timeline) throws FileNotFoundException {
    long endMillis = System.currentTimeMillis();
    long startMillis = endMillis - 1_000L * timeline.size();
    var writer = new HistogramLogWriter(file.toFile());
    try {
      writer.setBaseTime(startMillis);
      writer.outputBaseTime(startMillis);
      writer.outputStartTime(startMillis);
      writer.outputLogFormatVersion();
      writer.outputLegend();
      for (Second second : timeline) {
        for (Map.Entry<String, Histogram> timed : second.tally().timed().entrySet()) {
          Histogram interval = timed.getValue();
          interval.setTag(timed.getKey());
          interval.setStartTimeStamp(startMillis + 1_000L * (second.number() - 1));
          interval.setEndTimeStamp(startMillis + 1_000L * second.number());
          writer.outputIntervalHistogram(interval);
        }
      }
    } finally {
      writer.close();
    }
  }

  private static Map<String, Object> line(Map<String, Object> all) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("kind", "load");
    var environment = (Map<?, ?>) all.get("environment");
    line.put("at", environment.get("at"));
    line.put("revision", environment.get("revision"));
    Map<String, Object> figures = new LinkedHashMap<>();
    String name = Measured.byLoad(new JsonMapper().valueToTree(all)) + ",";
    for (String figure : new String[] {"messages_per_second", "capacity_messages_per_second"}) {
      if (all.get(figure) != null) {
        figures.put(name + " " + figure, all.get(figure));
      }
    }
    for (String map : new String[] {"cpu_micros_per_message", "send_receive_ms"}) {
      if (all.get(map) instanceof Map<?, ?> values) {
        values.forEach((key, value) -> figures.put(name + " " + map + " " + key, value));
      }
    }
    line.put("figures", figures);
    return line;
  }
}
