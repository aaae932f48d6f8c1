package bench.report;

import bench.report.Runs.Run;
import bench.results.Measured;
import bench.results.SideBySide;
import fixtures.urls.EnvironmentError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// What the page's script draws, as one JSON object.
final class ReportData {
  private static final int MAX_FIGURES = 40; // of the history; a page with more is not read

  private ReportData() {}

  /// @param page where the report will stand, for links to flame graphs
  static Map<String, Object> of(Runs runs, Ladder ladder, Path page) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("loads", runs.loads().stream().map(ReportData::load).toList());
    data.put("capacities", runs.capacities().stream().map(ReportData::capacity).toList());
    data.put("bench", runs.bench().stream().flatMap(ReportData::entries).toList());
    data.put(
        "side_by_side",
        runs.bench().stream().flatMap(run -> SideBySide.of(run.json()).fields().stream()).toList());
    data.put("ladder", ladder.steps().stream().map(Ladder.Step::fields).toList());
    data.put(
        "flames",
        Stream.of(runs.bench(), runs.loads())
            .flatMap(List::stream)
            .flatMap(run -> flames(run, page))
            .toList());
    data.put("history", history(runs.history()));
    Map<String, JsonNode> environments = new LinkedHashMap<>();
    runs.loads().forEach(run -> environments.put(run.name(), run.json().path("environment")));
    runs.capacities().forEach(run -> environments.put(run.name(), run.json().path("environment")));
    runs.bench()
        .forEach(run -> environments.put(run.name(), run.json().path(0).path("environment")));
    data.put("environments", environments);
    return data;
  }

  private static Map<String, Object> load(Run run) {
    Map<String, Object> load = new LinkedHashMap<>();
    load.put("name", run.name());
    load.put("what", Measured.byLoad(run.json()));
    load.put("fields", run.json());
    load.put("percentiles", Percentiles.of(run.folder()));
    return load;
  }

  private static Map<String, Object> capacity(Run run) {
    Map<String, Object> capacity = load(run);
    capacity.put("probes", run.json().path("probes"));
    return capacity;
  }

  private static Stream<Map<String, Object>> entries(Run run) {
    List<Map<String, Object>> entries = new ArrayList<>();
    for (JsonNode one : run.json()) {
      String full = one.path("benchmark").asString();
      String[] parts =
          full.substring(full.lastIndexOf('.', full.lastIndexOf('.') - 1) + 1).split("\\.");
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("depth", parts[0]);
      entry.put("side", parts[1]);
      var params = new StringBuilder();
      one.path("params")
          .properties()
          .forEach(p ->
              params.append(p.getKey()).append('=').append(p.getValue().asString()).append(' '));
      entry.put("params", params.toString().strip());
      entry.put("score", one.path("primaryMetric").path("score"));
      entry.put("error", one.path("primaryMetric").path("scoreError"));
      entry.put("forks", one.path("forks"));
      if (one.has("interrupted")) {
        entry.put("interrupted", true);
      }
      entry.put("iterations", one.path("measurementIterations"));
      JsonNode second = one.path("secondaryMetrics");
      entry.put("bytes", second.path("gc.alloc.rate.norm").path("score"));
      entry.put("cpu", second.path("cpu.fork").path("score"));
      entry.put("engines", second.path("cpu.engines").path("score"));
      entries.add(entry);
    }
    return entries.stream();
  }

  private static Stream<Map<String, String>> flames(Run run, Path page) {
    Path folder = run.folder().resolve("flames");
    if (!Files.isDirectory(folder)) {
      return Stream.of();
    }
    Path from = page.toAbsolutePath().getParent();
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".html"))
          .sorted()
          .map(file ->
              Map.of(
                  "name", folder.relativize(file).toString(),
                  "href", from.relativize(file.toAbsolutePath()).toString().replace('\\', '/')))
          .toList()
          .stream();
    } catch (IOException e) {
      throw new EnvironmentError("cannot read " + folder + ": " + e.getMessage(), e);
    }
  }

  /// Each figure's values in time, with the changes marked; twins', and those with one value, are
  /// left out.
  private static List<Map<String, Object>> history(List<JsonNode> lines) {
    Map<String, List<Map<String, Object>>> series = new LinkedHashMap<>();
    for (JsonNode line : lines) {
      line.path("figures")
          .properties()
          .forEach(figure -> {
            Map<String, Object> point = new LinkedHashMap<>();
            point.put("at", line.path("at").asString());
            point.put("revision", line.path("revision").asString());
            point.put("value", figure.getValue().asDouble());
            series.computeIfAbsent(figure.getKey(), _ -> new ArrayList<>()).add(point);
          });
    }
    List<Map<String, Object>> drawn = new ArrayList<>();
    series.forEach((name, points) -> {
      boolean ours = !name.contains(".twin") && points.size() > 1;
      if (ours && drawn.size() < MAX_FIGURES) {
        double[] values = points.stream().mapToDouble(p -> (Double) p.get("value")).toArray();
        ChangePoints.of(values).forEach(at -> points.get(at).put("change", true));
        drawn.add(Map.of("figure", name, "points", points));
      }
    });
    return drawn;
  }
}
