package bench.cluster;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import fixtures.urls.EnvironmentError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// Processes as Linux shows them under `/proc`, and signals to them.
final class Processes {
  private static final long TICK_NANOS = 10_000_000; // USER_HZ is 100 on every Linux that has a JDK
  private static final long KIB = 1_024;
  private static final long END_MILLIS = 10_000; // the kernel frees gigabytes of memory, no more
  private static final long POLL_MILLIS = 2; // another process can only be asked for

  /// Readings of the CPU of a process and those below it, of which some end meanwhile: PostgreSQL
  /// loses a few backends at once when a pool is closed, and seldom others.
  private static final int CPU_READINGS = 10;

  // Places in /proc/PID/stat, counted from behind the name.
  private static final int STATE = 0;
  private static final int USER_TICKS = 11;
  private static final int SYSTEM_TICKS = 12;
  private static final int ENDED_CHILDREN_USER_TICKS = 13;
  private static final int ENDED_CHILDREN_SYSTEM_TICKS = 14;

  private Processes() {}

  /// The process and all below it.
  static List<Long> tree(long pid) {
    List<Long> all = new ArrayList<>();
    all.add(pid);
    ProcessHandle.of(pid)
        .ifPresent(process -> process.descendants().forEach(child -> all.add(child.pid())));
    return all;
  }

  /// Sends a signal (`KILL`, `STOP`, `CONT`); one that is gone already is passed over.
  static void signal(String signal, List<Long> pids) {
    String list = pids.stream().map(String::valueOf).collect(Collectors.joining(" "));
    try { // Java sends TERM and KILL only; the shell's own kill needs no package
      new ProcessBuilder("/bin/sh", "-c", "kill -" + signal + " " + list)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor(END_MILLIS, TimeUnit.MILLISECONDS);
    } catch (IOException e) {
      throw new EnvironmentError("cannot run /bin/sh: " + e.getMessage(), e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// Kills them and returns when they are gone.
  static void kill(List<Long> pids) {
    signal("KILL", pids);
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(END_MILLIS);
    while (!pids.stream().allMatch(Processes::gone)) {
      if (System.nanoTime() - end > 0) {
        throw new EnvironmentError("processes " + pids + " do not end after SIGKILL");
      }
      pause(POLL_MILLIS);
    }
  }

  static boolean gone(long pid) {
    String[] stat = stat(pid);
    return stat == null || stat[STATE].equals("Z");
  }

  /// CPU time of the process, all below it, and those below it that ended.
  ///
  /// One that ends while they are read is in neither count, or in both: then all are read again.
  static long cpuNanos(long pid) {
    long ticks = 0;
    for (int reading = 1; reading <= CPU_READINGS; reading++) {
      long endedBefore = endedTicks(stat(pid));
      boolean missed = false;
      ticks = 0;
      for (long each : tree(pid)) {
        String[] stat = stat(each);
        missed |= stat == null;
        if (stat != null) {
          ticks += Long.parseLong(stat[USER_TICKS]) + Long.parseLong(stat[SYSTEM_TICKS]);
          ticks += endedTicks(stat);
        }
      }
      if (!missed && endedTicks(stat(pid)) == endedBefore) {
        break;
      }
    }
    return ticks * TICK_NANOS;
  }

  private static long endedTicks(String[] stat) {
    return stat == null
        ? 0
        : Long.parseLong(stat[ENDED_CHILDREN_USER_TICKS])
            + Long.parseLong(stat[ENDED_CHILDREN_SYSTEM_TICKS]);
  }

  /// Resident memory of the process and all below it. What they share with each other (PostgreSQL's
  /// buffers) is as large as the largest share of it that one of them touched.
  static long rssBytes(long pid) {
    long own = 0;
    long shared = 0;
    for (long each : tree(pid)) {
      for (String line : lines(Path.of("/proc/" + each + "/status"))) {
        if (line.startsWith("RssAnon:")) {
          own += kib(line);
        } else if (line.startsWith("RssFile:") || line.startsWith("RssShmem:")) {
          shared = Math.max(shared, kib(line));
        }
      }
    }
    return (own + shared) * KIB;
  }

  private static long kib(String line) {
    return Long.parseLong(line.replaceAll("\\D", ""));
  }

  /// The fields behind the name ("pid (name) state …", and the name may have blanks and brackets);
  /// null when the process is gone.
  private static String[] stat(long pid) {
    List<String> lines = lines(Path.of("/proc/" + pid + "/stat"));
    return lines.isEmpty()
        ? null
        : lines.getFirst().substring(lines.getFirst().lastIndexOf(')') + 2).split(" ");
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, ISO_8859_1);
    } catch (IOException _) {
      return List.of(); // it ended meanwhile
    }
  }

  static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new EnvironmentError("interrupted: the cluster is given up");
    }
  }
}
