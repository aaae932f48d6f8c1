package bench.results;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// What a figure was measured on: a result without it cannot be compared with another.
public final class Environment {
  private static final long GIT_SECONDS = 5; // a repository on a slow disk
  private static final long GIB = 1L << 30;

  private Environment() {}

  /// This machine, this JVM, this revision of the code, by name.
  ///
  /// @param engines versions and settings of the databases
  public static Map<String, Object> now(Map<String, String> engines) {
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    said.put("revision", revision());
    said.put("jdk", System.getProperty("java.vm.name") + " " + Runtime.version());
    said.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    said.put("arch", System.getProperty("os.arch"));
    said.put("cpu", field("/proc/cpuinfo", "model name"));
    said.put("cores", Runtime.getRuntime().availableProcessors());
    said.put("memory_gib", memoryGib());
    said.put("load_average", first("/proc/loadavg"));
    said.put("governor", first("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
    if (!engines.isEmpty()) {
      said.put("engines", engines);
    }
    return said;
  }

  /// The commit that is checked out, with a mark when files differ from it; `?` outside of git.
  public static String revision() {
    String commit = git("rev-parse", "--short=10", "HEAD");
    if (commit.isEmpty()) {
      return "?";
    }
    return git("status", "--porcelain", "--untracked-files=no").isEmpty()
        ? commit
        : commit + "+changes";
  }

  private static String git(String... arguments) {
    var command = new java.util.ArrayList<String>();
    command.add("git");
    command.addAll(java.util.List.of(arguments));
    try {
      Process git =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String said = new String(git.getInputStream().readAllBytes(), "UTF-8").strip();
      return git.waitFor(GIT_SECONDS, TimeUnit.SECONDS) && git.exitValue() == 0 ? said : "";
    } catch (IOException _) {
      return "";
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  private static String field(String file, String name) {
    try (var lines = Files.lines(Path.of(file))) {
      return lines
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("?");
    } catch (IOException _) {
      return "?";
    }
  }

  private static String first(String file) {
    try {
      return Files.readString(Path.of(file)).strip();
    } catch (IOException _) {
      return "?";
    }
  }

  private static long memoryGib() {
    String kib = field("/proc/meminfo", "MemTotal").replaceAll("\\D", "");
    return kib.isEmpty() ? 0 : Math.round(Long.parseLong(kib) * 1024.0 / GIB);
  }
}
