package bench.compare;

import bench.bare.JdbcTwin;
import bench.cluster.Cluster;

/// What PostgreSQL used while a bare program wrote.
final class PostgresCpu {
  private static final double NANOS_PER_MICRO = 1e3;

  private final Cluster cluster;
  private long before;
  private long used;

  PostgresCpu(Cluster cluster, JdbcTwin twin) {
    this.cluster = cluster;
    twin.around(
        () -> before = this.cluster.postgres().cpuNanos(),
        () -> used = this.cluster.postgres().cpuNanos() - before);
  }

  /// Of what was just written: microseconds a message.
  double perMessage(JdbcTwin.Written written) {
    return used / NANOS_PER_MICRO / written.messages();
  }
}
