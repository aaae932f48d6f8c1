package bench.cluster;

import fixtures.urls.EnvironmentError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// A folder that goes, with every process that works in it, when it is closed or when this process
/// ends, however that comes about.
///
/// A shell of its own session reads a pipe whose other end only this process has. When the pipe
/// ends, also after `kill -9`, it kills what has its working directory in the folder, paused or
/// not, and deletes the folder.
final class Scratch implements AutoCloseable {
  private static final long SWEEP_SECONDS = 60; // deleting gigabytes on a busy disk

  // Rounds, because PostgreSQL's children may be forked in the middle of one.
  private static final String SWEEPER =
      """
      cat >/dev/null
      for round in 1 2 3 4 5; do
        found=no
        for process in /proc/[0-9]*; do
          case "$(readlink "$process/cwd" 2>/dev/null)" in
            "$0" | "$0"/*) kill -KILL "${process#/proc/}" 2>/dev/null && found=yes ;;
          esac
        done
        [ $found = no ] && break
        sleep 0.2
      done
      rm -rf "$0"
      """;

  private final Path folder;
  private final Process sweeper;

  private Scratch(Path folder, Process sweeper) {
    this.folder = folder;
    this.sweeper = sweeper;
  }

  /// Makes a folder below `parent`.
  static Scratch below(Path parent) {
    if (!Files.isDirectory(Path.of("/proc/self"))) {
      throw new EnvironmentError("a cluster needs /proc, which only Linux has: run it there");
    }
    try {
      Files.createDirectories(parent);
      Path folder = Files.createTempDirectory(parent, "cluster-").toRealPath();
      var builder = new ProcessBuilder("setsid", "/bin/sh", "-c", SWEEPER, folder.toString());
      builder.directory(folder.getParent().toFile());
      builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
      return new Scratch(folder, builder.start());
    } catch (IOException e) {
      throw new EnvironmentError(
          "cannot make a scratch folder in %s (%s): set VYRY_HOME".formatted(parent, e), e);
    }
  }

  Path folder() {
    return folder;
  }

  @Override
  public void close() {
    try {
      sweeper.getOutputStream().close();
      if (!sweeper.waitFor(SWEEP_SECONDS, TimeUnit.SECONDS)) {
        throw new EnvironmentError(folder + " is not deleted yet: delete it by hand");
      }
    } catch (IOException e) {
      throw new EnvironmentError("the sweeper of %s is gone: %s".formatted(folder, e), e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
