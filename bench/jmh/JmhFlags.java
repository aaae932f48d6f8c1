package bench.jmh;

import bench.cluster.DatabaseFlags;
import bench.results.Results;
import bench.results.Rung;
import fixtures.urls.UserError;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The options of a run as flags of a command.
public final class JmhFlags {
  private static final Times SMOKE = new Times(1, 1, 3, 150);
  private static final List<String> SIDE_BY_SIDE = List.of("Append", "History", "Sync", "Publish");
  private static final Times FULL = new Times(3, 5, 5, 1_000);

  /// How many values of what, in that order: forks, warm-ups, iterations, and how long each is.
  private record Times(int forks, int warmups, int iterations, int millis) {}

  /// How much is measured.
  enum Values {
    smoke,
    full
  }

  @Parameters(paramLabel = "BENCHMARK", description = "Which; all when none is named.")
  private List<String> depths = List.of();

  @Option(
      names = "--values",
      paramLabel = "V",
      description = "smoke: few values, moments, proves that it runs; full: to be believed.")
  private Values values = Values.full;

  @Option(
      names = {"-p", "--param"},
      paramLabel = "NAME=A,B",
      description = "Values of a parameter.")
  private Map<String, String> parameters = Map.of();

  @Option(names = "--forks", paramLabel = "N", description = "JVMs for each; smoke 1, full 3.")
  private Integer forks;

  @Option(names = "--warmups", paramLabel = "N", description = "Of each JVM; smoke 1, full 5.")
  private Integer warmups;

  @Option(names = "--iterations", paramLabel = "N", description = "Counted; smoke 3, full 5.")
  private Integer iterations;

  @Option(names = "--millis", paramLabel = "MS", description = "Of each; smoke 150, full 1000.")
  private Integer millis;

  @Option(
      names = "--side-by-side",
      description = "Databases beside each other: stores, and ways from node to node.")
  private boolean sideBySide;

  @Option(
      names = "--ladder",
      description = "The same message at each depth, for the ladder of report@catalog.")
  private boolean ladder;

  @Option(names = "--profile", description = "Flame graphs too (async-profiler), as HTML files.")
  private boolean profile;

  @Mixin private DatabaseFlags databases;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where results go; a new folder in .vyry/results when not given.")
  private Path out;

  /// Where results go.
  ///
  /// @param kind of run, which names the folder when none is given
  public Path out(String kind) {
    return out == null ? Results.folder(kind) : out;
  }

  /// Whether databases are to stand beside each other.
  public boolean sideBySide() {
    return sideBySide;
  }

  /// What they ask for.
  ///
  /// @throws UserError when a number is out of its bounds
  public JmhOptions options() {
    Times times = values == Values.full ? FULL : SMOKE;
    Map<String, List<String>> wanted = new HashMap<>();
    List<String> named = depths;
    if (ladder && (sideBySide || !depths.isEmpty())) {
      throw new UserError("--ladder names its benchmarks itself: leave the others out");
    }
    if (sideBySide) {
      wanted.put("engine", List.of("postgres", "cql"));
      named = depths.isEmpty() ? SIDE_BY_SIDE : depths;
    }
    if (ladder) {
      named = Arrays.stream(Rung.values()).map(rung -> rung.benchmark).toList();
      for (Rung rung : Rung.values()) {
        rung.values.forEach((name, value) -> wanted.put(name, List.of(value)));
      }
    }
    parameters.forEach((name, list) -> wanted.put(name, List.of(list.split(","))));
    return new JmhOptions(
        named,
        values == Values.full,
        wanted,
        atLeast("--forks", forks, times.forks, 1),
        atLeast("--warmups", warmups, times.warmups, 0),
        atLeast("--iterations", iterations, times.iterations, 1),
        atLeast("--millis", millis, times.millis, 1),
        profile,
        databases::on,
        out("bench"));
  }

  private static int atLeast(String flag, Integer value, int standard, int least) {
    if (value != null && value < least) {
      throw new UserError("%s is %d: the least is %d".formatted(flag, value, least));
    }
    return value == null ? standard : value;
  }
}
