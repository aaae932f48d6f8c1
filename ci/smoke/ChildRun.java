package ci.smoke;

import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import migrate.schema.Dialect;
import migrate.schema.PostgresSource;
import migrate.schema.Progress;
import migrate.schema.Schema;
import migrate.schema.Step;
import migrate.schema.Steps;

/// A run of `up` in a process of its own, that can be killed: it writes a line when it begins a
/// step and when it is through.
public final class ChildRun {
  static final String STARTED = "started ";

  /// Shorter than the usual one, since each run that is killed costs the next one so much.
  private static final Duration LEASE = Duration.ofSeconds(8);

  private static final Duration LOCK_TIMEOUT = Duration.ofMinutes(2); // far beyond the lease

  private ChildRun() {}

  /// @param arguments dialect, URL, folder of the steps
  public static void main(String... arguments) {
    var dialect = Dialect.valueOf(arguments[0]);
    var steps = Steps.in(Path.of(arguments[2]), dialect);
    var progress =
        new Progress() {
          @Override
          public void started(Step step, Direction direction) {
            System.out.println(STARTED + step.file());
            System.out.flush();
          }
        };
    if (dialect == Dialect.POSTGRES) {
      Schema.postgres(steps)
          .progress(progress)
          .run(
              PostgresSource.of(PostgresUrl.parse(arguments[1])),
              runner -> runner.up(OptionalInt.empty(), true));
    } else {
      Schema.cql(steps)
          .lockTimeout(LOCK_TIMEOUT)
          .lease(LEASE)
          .progress(progress)
          .run(CqlUrl.parse(arguments[1]), runner -> runner.up(OptionalInt.empty(), true));
    }
  }

  /// Starts one; what it says is read from its output.
  static Process start(Dialect dialect, String url, Path steps) throws IOException {
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .collect(Collectors.joining(File.pathSeparator));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1", // it is short-lived
            "-Dlogback.configurationFile=ci/run/logback-test.xml",
            "-cp",
            classPath,
            ChildRun.class.getName(),
            dialect.name(),
            url,
            steps.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
