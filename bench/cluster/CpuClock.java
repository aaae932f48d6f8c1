package bench.cluster;

import java.util.Collection;

/// CPU time of processes that others started.
public final class CpuClock {
  private CpuClock() {}

  /// CPU time of these processes, all below them, and those below them that ended: nanoseconds, in
  /// steps of the kernel's clock tick (10 ms). One that is gone counts for nothing.
  public static long nanosOf(Collection<Long> pids) {
    return pids.stream().mapToLong(Processes::cpuNanos).sum();
  }
}
