package bench.jmh;

import bench.results.Environment;
import bench.results.Progress;
import bench.results.Results;
import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import one.profiler.AsyncProfilerLoader;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.profile.AsyncProfiler;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Runs benchmarks and keeps their results as JMH's own JSON, each with the environment. For one
/// thread; what is measured so far is written also when the process is told to end.
public final class JmhRun {
  /// The file of results in a run's folder.
  public static final String FILE = "jmh.json";

  private static final String[] FORK_OPTIONS = {
    "--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED", "-Xmx1g"
  };
  private static final int TIMEOUT_SECONDS = 120; // of an iteration: a database that stands still
  private static final int METHODS = 2; // ours and the twin's

  private final JmhOptions options;
  private final Progress said;
  private final List<Depth> depths;
  private final JmhProgress progress;
  private Map<String, String> engines = Map.of();
  private boolean written;

  /// @throws UserError when a benchmark or parameter is asked for that is not there
  public JmhRun(JmhOptions options, Progress said) {
    this.options = options;
    this.said = said;
    this.depths = options.depths().isEmpty() ? List.of(Depth.values()) : named(options.depths());
    this.progress = new JmhProgress(depths.stream().mapToInt(this::combinations).sum(), said);
    for (String parameter : options.parameters().keySet()) {
      if (depths.stream().noneMatch(depth -> has(depth, parameter))) {
        throw new UserError("no benchmark has a parameter '%s'".formatted(parameter));
      }
    }
  }

  /// What there is, a line each.
  public static List<String> described() {
    return Arrays.stream(Depth.values())
        .map(depth -> "%-12s %s".formatted(depth.label(), depth.about))
        .toList();
  }

  private static List<Depth> named(List<String> names) {
    return names.stream()
        .map(name ->
            Arrays.stream(Depth.values())
                .filter(depth -> depth.label().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(
                    () -> new UserError("there is no benchmark '" + name + "'; see --list")))
        .toList();
  }

  /// Runs them all.
  ///
  /// @return the results, as JMH's JSON
  /// @throws EnvironmentError when a database does not start
  /// @throws ProofFailed when a benchmark failed: its answers are not the twin's, as a rule
  public ArrayNode run() throws IOException {
    Files.createDirectories(options.out());
    var atExit = Thread.ofPlatform().unstarted(this::keep);
    Runtime.getRuntime().addShutdownHook(atExit);
    boolean databases = depths.stream().anyMatch(depth -> depth.need != Depth.Need.NOTHING);
    boolean cql = depths.stream().anyMatch(d -> values(d, "engine").contains("cql"));
    if (databases) {
      said.say("starting databases");
    }
    try (var opened = databases ? new Databases(options.databases(), cql) : null) {
      engines = opened == null ? Map.of() : opened.described();
      engines.forEach((name, value) -> said.say("  " + name + " " + value));
      for (Depth depth : depths) {
        run(depth, opened);
      }
    } finally {
      said.close();
      keep();
      removeHook(atExit);
    }
    return json(progress.kept());
  }

  private static void removeHook(Thread atExit) {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException _) {
      // the process is ending, and what was measured is kept
    }
  }

  private void run(Depth depth, Databases databases) {
    var wanted =
        new OptionsBuilder()
            .include("^" + depth.benchmark.getName().replace(".", "\\.") + "\\.")
            .forks(options.forks())
            .warmupIterations(options.warmups())
            .warmupTime(TimeValue.milliseconds(options.iterationMillis()))
            .measurementIterations(options.iterations())
            .measurementTime(TimeValue.milliseconds(options.iterationMillis()))
            .timeout(TimeValue.seconds(TIMEOUT_SECONDS))
            .shouldDoGC(true)
            .shouldFailOnError(true)
            .addProfiler(GCProfiler.class)
            .addProfiler(CpuTime.class);
    List<String> jvm = new ArrayList<>(List.of(FORK_OPTIONS));
    if (databases != null) {
      jvm.add(databases.option());
    }
    wanted.jvmArgsAppend(jvm.toArray(String[]::new));
    for (String parameter : parameters(depth)) {
      wanted.param(parameter, values(depth, parameter).toArray(String[]::new));
    }
    if (options.profile()) {
      wanted.addProfiler(AsyncProfiler.class, profiler());
    }
    try {
      new Runner(wanted.build(), progress).run();
    } catch (RunnerException e) {
      throw new ProofFailed(depth.label(), progress.said(), e);
    }
  }

  /// async-profiler from its jar; `itimer` needs no rights that a container does not have.
  private String profiler() {
    try {
      return "libPath=%s;output=flamegraph;event=itimer;dir=%s"
          .formatted(
              AsyncProfilerLoader.getAsyncProfilerPath().toAbsolutePath(),
              options.out().resolve("flames").toAbsolutePath());
    } catch (IOException e) {
      throw new EnvironmentError("async-profiler cannot be unpacked: " + e.getMessage(), e);
    }
  }

  private static List<String> parameters(Depth depth) {
    return Arrays.stream(depth.benchmark.getFields())
        .filter(field -> field.isAnnotationPresent(Param.class))
        .map(field -> field.getName())
        .toList();
  }

  private static boolean has(Depth depth, String parameter) {
    return parameters(depth).contains(parameter);
  }

  private List<String> values(Depth depth, String parameter) {
    if (!has(depth, parameter)) {
      return List.of();
    }
    List<String> wanted = options.parameters().get(parameter);
    if (wanted == null && options.full()) {
      wanted = depth.full.get(parameter);
    }
    try {
      return wanted != null
          ? wanted
          : List.of(depth.benchmark.getField(parameter).getAnnotation(Param.class).value());
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException(e); // it was found a moment ago
    }
  }

  private int combinations(Depth depth) {
    int count = METHODS;
    for (String parameter : parameters(depth)) {
      count *= values(depth, parameter).size();
    }
    return count;
  }

  /// Writes what was measured, once.
  private synchronized void keep() {
    List<RunResult> kept = progress.kept();
    if (written || kept.isEmpty()) {
      return;
    }
    written = true;
    Path file = options.out().resolve(FILE);
    try {
      Files.writeString(
          file, new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(json(kept)));
    } catch (IOException e) {
      throw new EnvironmentError("cannot write " + file + ": " + e.getMessage(), e);
    }
    if (options.full()) { // smoke values prove that it runs, and no more
      Results.remember(options.out(), Figures.ofJmh(json(kept)));
    }
    said.say(file + " has " + kept.size() + " results");
  }

  /// JMH's JSON, with the environment in each entry: viewers pass over what they do not know.
  private ArrayNode json(List<RunResult> results) {
    var text = new ByteArrayOutputStream();
    ResultFormatFactory.getInstance(
            ResultFormatType.JSON, new PrintStream(text, true, StandardCharsets.UTF_8))
        .writeOut(results);
    var mapper = new JsonMapper();
    ArrayNode all = (ArrayNode) mapper.readTree(text.toByteArray());
    JsonNode environment = mapper.valueToTree(Environment.now(engines));
    for (JsonNode one : all) {
      ((ObjectNode) one).set("environment", environment);
    }
    return all;
  }

  /// Roughly how long all of it takes.
  public long seconds() {
    long each =
        (long) options.forks()
            * (options.warmups() + options.iterations())
            * options.iterationMillis();
    return TimeUnit.MILLISECONDS.toSeconds(
        depths.stream().mapToLong(this::combinations).sum() * each);
  }
}
