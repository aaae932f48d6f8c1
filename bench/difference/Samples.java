package bench.difference;

import bench.load.RunFiles;
import bench.results.Measured;
import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The figures of results, by name: JMH's (each fork's mean is a measurement, or each iteration
/// where there are fewer than three forks), those of `load` (each run is one), and counts.
final class Samples {
  private static final int FEW_FORKS = 3;
  private static final String JMH = "jmh.json";
  private static final String COUNTS = "counts.json";
  private static final Map<String, Boolean> LOAD = new LinkedHashMap<>(); // higher is better

  static {
    LOAD.put("messages_per_second", true);
    LOAD.put("capacity_messages_per_second", true);
    LOAD.put("cpu_micros_per_message/all", false);
    LOAD.put("cpu_micros_per_message/server", false);
    LOAD.put("cpu_micros_per_message/postgres", false);
    LOAD.put("send_ack_ms/p50", false);
    LOAD.put("send_ack_ms/p99", false);
    LOAD.put("send_receive_ms/p50", false);
    LOAD.put("send_receive_ms/p99", false);
    LOAD.put("postgres_transactions_per_message", false);
    LOAD.put("redis_commands_per_message", false);
    LOAD.put("server_allocated_bytes_per_message", false);
  }

  private Samples() {}

  /// Reads files, or folders of runs; figures of the same name are put together.
  ///
  /// @throws UserError when there is no result
  static Map<String, Sample> read(List<Path> paths) {
    Map<String, Sample> samples = new LinkedHashMap<>();
    for (Path path : paths) {
      for (Sample sample : of(parsed(file(path)))) {
        samples.merge(sample.name(), sample, Sample::and);
      }
    }
    return samples;
  }

  private static Path file(Path path) {
    for (String name : List.of("", JMH, RunFiles.FILE, COUNTS)) {
      if (Files.isRegularFile(path.resolve(name))) {
        return path.resolve(name);
      }
    }
    throw new UserError(
        "%s is no result: name a %s, a %s, a %s, or the folder of a run that is VALID"
            .formatted(path, JMH, RunFiles.FILE, COUNTS));
  }

  private static JsonNode parsed(Path file) {
    try {
      return new JsonMapper().readTree(Files.readString(file));
    } catch (IOException | tools.jackson.core.JacksonException e) {
      throw new EnvironmentError("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /// Of one file.
  static List<Sample> of(JsonNode result) {
    List<Sample> samples = new ArrayList<>();
    if (result.isArray()) {
      result.forEach(one -> addJmh(one, samples));
    } else if (result.has("counts")) {
      result
          .path("counts")
          .properties()
          .forEach(one ->
              samples.add(
                  new Sample(one.getKey(), numbers(one.getValue()), false, counted(one.getKey()))));
    } else {
      addLoad(result, samples);
    }
    return samples;
  }

  private static Sample.Kind counted(String name) {
    return name.contains("bytes") ? Sample.Kind.BYTES : Sample.Kind.ASKED;
  }

  private static void addJmh(JsonNode one, List<Sample> samples) {
    String name = Measured.byJmh(one);
    JsonNode primary = one.path("primaryMetric");
    samples.add(
        sample(name + " " + primary.path("scoreUnit").asString(), primary, Sample.Kind.TIMED));
    one.path("secondaryMetrics")
        .properties()
        .forEach(metric -> {
          boolean bytes = metric.getKey().equals("gc.alloc.rate.norm");
          if (bytes || metric.getKey().startsWith("cpu.")) {
            String unit = bytes ? " B/op" : " " + metric.getKey() + " us/op";
            samples.add(
                sample(
                    name + unit, metric.getValue(), bytes ? Sample.Kind.BYTES : Sample.Kind.TIMED));
          }
        });
  }

  private static Sample sample(String name, JsonNode metric, Sample.Kind kind) {
    double[][] forks =
        StreamSupport.stream(metric.path("rawData").spliterator(), false)
            .map(Samples::numbers)
            .toArray(double[][]::new);
    double[] values =
        forks.length < FEW_FORKS
            ? Arrays.stream(forks).flatMapToDouble(Arrays::stream).toArray()
            : Arrays.stream(forks)
                .mapToDouble(fork -> Arrays.stream(fork).average().orElseThrow())
                .toArray();
    return new Sample(name, values, false, kind);
  }

  private static double[] numbers(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false)
        .mapToDouble(JsonNode::asDouble)
        .toArray();
  }

  private static void addLoad(JsonNode result, List<Sample> samples) {
    String what = "load " + Measured.byLoad(result) + ", ";
    LOAD.forEach((name, higher) -> {
      JsonNode value = result.at("/" + name);
      if (value.isNumber()) {
        samples.add(
            new Sample(
                what + name.replace('/', ' '),
                new double[] {value.asDouble()},
                higher,
                name.endsWith("_per_message") ? counted(name) : Sample.Kind.TIMED));
      }
    });
  }
}
