package ci.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A program that has ended.
///
/// @param code its exit code
/// @param out its standard output
/// @param err its standard error
public record Ran(int code, String out, String err) {
  /// A build with an empty cache on a busy machine; more means that it hangs.
  private static final Duration LIMIT = Duration.ofMinutes(4);

  /// A program that runs, with its output going to files.
  public record Running(Process process, Path out, Path err) {
    /// Waits for the end of the program, for at most [#LIMIT].
    public Ran join() throws IOException, InterruptedException {
      if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new IOException("still running after " + LIMIT + ": " + Files.readString(err));
      }
      return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
    }
  }

  /// Starts `command` in `folder` with exactly this environment and no input.
  public static Running start(Path folder, Map<String, String> environment, List<String> command)
      throws IOException {
    var out = Files.createTempFile("out", ".txt");
    var err = Files.createTempFile("err", ".txt");
    out.toFile().deleteOnExit();
    err.toFile().deleteOnExit();
    var builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    return new Running(builder.start(), out, err);
  }

  /// Starts `command` and waits for its end.
  public static Ran run(Path folder, Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    return start(folder, environment, List.of(command)).join();
  }
}
