package bench.cluster;

/// CPU of one process after the other, each with all below it, in nanoseconds. Of one that ended by
/// itself it is what it had used when it was last asked for. Guarded by its owner.
final class CpuUsed {
  private long endedNanos;
  private long seenNanos; // of the one that runs, or was the last to

  /// Altogether.
  ///
  /// @param pid of the one that runs; 0: none does
  long until(long pid) {
    if (pid != 0) {
      seenNanos = Math.max(seenNanos, Processes.cpuNanos(pid));
    }
    return endedNanos + seenNanos;
  }

  /// From here on it is another process.
  void another() {
    endedNanos += seenNanos;
    seenNanos = 0;
  }
}
