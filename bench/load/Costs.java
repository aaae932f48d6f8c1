package bench.load;

import bench.cluster.Cluster;
import bench.cluster.Part;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// CPU time used by each part until a moment, in nanoseconds.
///
/// @param parts `server` (all of them), `postgres`, `redis`, `cql`; those that were started here
/// @param whole whether that is all of them: of a database elsewhere the CPU is not known
/// @param loader this process
/// @param loops each of the loader's threads that serve sockets
/// @param atNanos when it was read
public record Costs(
    Map<String, Long> parts, boolean whole, long loader, List<Long> loops, long atNanos) {
  static final String SERVER = "server";

  static Costs now(Cluster cluster, List<Lane> lanes) {
    Map<String, Long> parts = new LinkedHashMap<>();
    boolean whole = true;
    for (Part part : cluster.parts()) {
      if (!part.ours()) {
        whole = false;
        continue;
      }
      String name = part.name().startsWith(SERVER) ? SERVER : part.name();
      parts.merge(name, part.cpuNanos(), Long::sum);
    }
    var threads = ManagementFactory.getThreadMXBean();
    List<Long> loops = new ArrayList<>();
    for (Lane lane : lanes) {
      loops.add(threads.getThreadCpuTime(lane.loop().thread().threadId()));
    }
    long loader =
        ProcessHandle.current().info().totalCpuDuration().map(d -> d.toNanos()).orElse(0L);
    return new Costs(parts, whole, loader, loops, System.nanoTime());
  }

  /// What was used since `before`.
  Costs since(Costs before) {
    Map<String, Long> used = new LinkedHashMap<>();
    parts.forEach((part, nanos) -> used.put(part, nanos - before.parts.get(part)));
    List<Long> busy = new ArrayList<>();
    for (int i = 0; i < loops.size(); i++) {
      busy.add(loops.get(i) - before.loops.get(i));
    }
    return new Costs(used, whole, loader - before.loader, busy, atNanos - before.atNanos);
  }

  /// All parts together, the loader left out.
  long system() {
    return parts.values().stream().mapToLong(Long::longValue).sum();
  }

  /// Of a difference: the part of the time (0 to 1) in which the busiest loop had the CPU.
  double busiestLoop() {
    return loops.stream().mapToLong(Long::longValue).max().orElse(0) / (double) atNanos;
  }
}
