package bench.jmh;

import bench.cluster.CpuClock;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/// CPU time for each operation, as the kernel charged it: of the fork, and of the databases that
/// were started for the run. On a busy machine it is the steadier figure; what waits for a disk or
/// another process costs time and no CPU.
public final class CpuTime implements InternalProfiler {
  /// Of the fork, all its threads.
  static final String FORK = "cpu.fork";

  /// Of the databases; in steps of the kernel's clock tick.
  static final String ENGINES = "cpu.engines";

  private static final double NANOS_PER_MICRO = 1e3;

  private final List<Long> engines =
      System.getProperty(EngineUrls.PROPERTY) == null
          ? List.of()
          : EngineUrls.ofThisProcess().pids();
  private long fork;
  private long databases;

  @Override
  public String getDescription() {
    return "CPU time for each operation, of the fork and of the databases";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    databases = CpuClock.nanosOf(engines);
    fork = ownNanos();
  }

  @Override
  public Collection<? extends Result<?>> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    double operations = Math.max(1, result.getMetadata().getAllOps());
    List<Result<?>> found = new ArrayList<>();
    found.add(micros(FORK, (ownNanos() - fork) / operations));
    if (!engines.isEmpty()) {
      found.add(micros(ENGINES, (CpuClock.nanosOf(engines) - databases) / operations));
    }
    return found;
  }

  private static Result<?> micros(String name, double nanos) {
    return new ScalarResult(name, nanos / NANOS_PER_MICRO, "us/op", AggregationPolicy.AVG);
  }

  private static long ownNanos() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime()
        : 0;
  }
}
