package bench.jmh;

import bench.results.Environment;
import bench.results.Progress;
import bench.results.Results;
import fixtures.urls.EnvironmentError;
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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import one.profiler.AsyncProfilerLoader;
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

  /// Ctrl-C reaches the fork and this process at once, and the fork may end before this one hears
  /// of it.
  private static final long HEARD_MILLIS = 300;

  private final JmhOptions options;
  private final Progress said;
  private final Plan plan;
  private final JmhProgress progress;
  private Map<String, String> engines = Map.of();
  private boolean written; // guarded by this
  private volatile boolean over; // all that was wanted is measured
  private final CountDownLatch ending = new CountDownLatch(1); // this process was told to end

  /// @throws fixtures.urls.UserError when a benchmark, a parameter or a value is asked for that is
  ///   not there
  public JmhRun(JmhOptions options, Progress said) {
    this.options = options;
    this.said = said;
    this.plan = new Plan(options);
    this.progress = new JmhProgress(plan.results(), said);
  }

  /// Roughly how long all of it takes, without the starts of JVMs.
  public long seconds() {
    return plan.seconds();
  }

  /// What there is, a line each.
  public static List<String> described() {
    return Arrays.stream(Depth.values())
        .map(depth -> "%-12s %s".formatted(depth.label(), depth.about))
        .toList();
  }

  /// Runs them all.
  ///
  /// @return the results, as JMH's JSON; those that were there when the process is told to end
  /// @throws EnvironmentError when a database does not start, or another run is under way
  /// @throws ProofFailed when a benchmark failed: its answers are not the twin's, as a rule
  public ArrayNode run() throws IOException {
    Files.createDirectories(options.out());
    var atExit = Thread.ofPlatform().unstarted(this::ended);
    Runtime.getRuntime().addShutdownHook(atExit);
    if (plan.databases()) {
      said.say("starting databases");
    }
    try (var opened = plan.databases() ? new Databases(options.databases(), plan.cql()) : null) {
      engines = opened == null ? Map.of() : opened.described();
      engines.forEach((name, value) -> said.say("  " + name + " " + value));
      for (Depth depth : plan.depths()) {
        run(depth, opened);
      }
      over = true;
    } catch (RuntimeException e) {
      if (!isEnding()) { // else what it needed ended with it
        throw e;
      }
    } finally {
      said.close();
      keep();
      removeHook(atExit);
    }
    return json(progress.kept());
  }

  /// Whether all that was wanted is measured.
  public boolean over() {
    return over;
  }

  private boolean isEnding() {
    try {
      return ending.await(HEARD_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
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
    plan.values(depth)
        .forEach((parameter, values) -> wanted.param(parameter, values.toArray(String[]::new)));
    if (options.profile()) {
      wanted.addProfiler(AsyncProfiler.class, profiler());
    }
    try {
      new Runner(wanted.build(), progress).run();
    } catch (RunnerException e) {
      throw failed(depth.label(), progress.said(), e);
    }
  }

  /// JMH lets one run of a machine go on at a time, and tells of another by a message alone.
  static RuntimeException failed(String benchmark, String said, RunnerException e) {
    return String.valueOf(e.getMessage()).contains("JMH lock")
        ? new EnvironmentError("another run of benchmarks is under way: wait for its end", e)
        : new ProofFailed(benchmark, said, e);
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

  private void ended() {
    ending.countDown();
    said.end();
    if (progress.kept().isEmpty()) {
      System.err.println("stopped: nothing was measured yet");
    }
    keep();
  }

  /// Writes what was measured, once; when that is not all, each result says so.
  private synchronized void keep() {
    List<RunResult> kept = progress.kept();
    if (written || kept.isEmpty()) {
      return;
    }
    written = true;
    Path file = options.out().resolve(FILE);
    ArrayNode results = json(kept);
    if (!over) {
      results.forEach(one -> ((ObjectNode) one).put("interrupted", true));
    }
    try {
      Files.writeString(
          file, new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(results));
    } catch (IOException e) {
      throw new EnvironmentError("cannot write " + file + ": " + e.getMessage(), e);
    }
    if (options.full() && over) { // smoke values prove that it runs, and no more
      Results.remember(options.out(), Figures.ofJmh(results));
    }
    int all = plan.results();
    said.close();
    System.err.println(
        over
            ? "%s has %d results".formatted(file, all)
            : "stopped early: %s has %d of %d results".formatted(file, kept.size(), all));
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
}
