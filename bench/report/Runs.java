package bench.report;

import bench.load.RunFiles;
import bench.results.Results;
import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The results that a report is made of.
///
/// @param bench JMH's JSON, and its folder
/// @param loads runs at one pace
/// @param capacities searches for the highest rate
/// @param history one line for each run there ever was, oldest first
record Runs(List<Run> bench, List<Run> loads, List<Run> capacities, List<JsonNode> history) {
  private static final String JMH = "jmh.json";
  private static final JsonMapper JSON = new JsonMapper();

  /// One run's folder and what its file says.
  record Run(Path folder, JsonNode json) {
    String name() {
      return folder.getFileName().toString();
    }

    /// Whether it is of messages in pairs, closed loop: what the ladder's shares are of.
    boolean pairsFlatOut() {
      return json.path("profile").asString("").equals("one-to-one")
          && json.path("loop").asString("").equals("closed");
    }
  }

  /// Reads folders of runs; when none is named, the newest of each kind.
  ///
  /// @throws UserError when there is nothing
  static Runs read(List<Path> folders) {
    List<Path> wanted = folders.isEmpty() ? all(Results.root()) : folders;
    List<Run> bench = new ArrayList<>();
    List<Run> loads = new ArrayList<>();
    List<Run> capacities = new ArrayList<>();
    for (Path folder : wanted) {
      if (Files.isRegularFile(folder.resolve(JMH))) {
        bench.add(new Run(folder, parse(folder.resolve(JMH))));
      } else if (Files.isRegularFile(folder.resolve(RunFiles.FILE))) {
        var run = new Run(folder, parse(folder.resolve(RunFiles.FILE)));
        (run.json().has("slo") ? capacities : loads).add(run);
      } else if (!folders.isEmpty()) {
        throw new UserError(
            "%s has neither %s nor %s: name folders of runs that are VALID"
                .formatted(folder, JMH, RunFiles.FILE));
      }
    }
    if (bench.isEmpty() && loads.isEmpty() && capacities.isEmpty()) {
      throw new UserError(
          "there is no result in %s: run bench@catalog or load@catalog first, or name a folder"
              .formatted(Results.root()));
    }
    if (folders.isEmpty()) {
      return new Runs(
          newest(bench), newestLoads(loads), newest(capacities), history(Results.root()));
    }
    Path beside = wanted.getFirst().toAbsolutePath().getParent();
    return new Runs(bench, loads, capacities, history(beside));
  }

  private static List<Run> newest(List<Run> runs) {
    return runs.isEmpty() ? runs : List.of(runs.getLast());
  }

  /// The newest that the ladder can be of, and the newest of all.
  static List<Run> newestLoads(List<Run> runs) {
    return Stream.concat(
            newest(runs.stream().filter(Run::pairsFlatOut).toList()).stream(),
            newest(runs).stream())
        .distinct()
        .toList();
  }

  private static List<Path> all(Path root) {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(root)) {
      return folders.filter(Files::isDirectory).sorted(Comparator.comparing(Runs::stamp)).toList();
    } catch (IOException e) {
      throw new EnvironmentError("cannot read " + root + ": " + e.getMessage(), e);
    }
  }

  /// Names end in date and time.
  private static String stamp(Path folder) {
    String name = folder.getFileName().toString();
    return name.substring(name.indexOf('-') + 1);
  }

  private static List<JsonNode> history(Path root) {
    Path file = root.resolve(Results.HISTORY);
    if (!Files.isRegularFile(file)) {
      return List.of();
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines.filter(line -> !line.isBlank()).<JsonNode>map(JSON::readTree).toList();
    } catch (IOException | tools.jackson.core.JacksonException e) {
      throw new EnvironmentError("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static JsonNode parse(Path file) {
    try {
      return JSON.readTree(Files.readString(file));
    } catch (IOException | tools.jackson.core.JacksonException e) {
      throw new EnvironmentError("cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
