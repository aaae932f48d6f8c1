package bench.jmh;

import bench.cluster.Cluster;
import bench.cluster.ClusterOptions;
import bench.cluster.Part;
import bench.load.Engines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;

/// The databases of a run, migrated and durable, and how forks find them. For one thread.
final class Databases implements AutoCloseable {
  private final Cluster cluster;
  private final Path folder; // only its owner can read it
  private final Path file;
  private final Map<String, String> described;

  /// Starts them.
  ///
  /// @param which says which ones
  /// @param cql whether there is to be a CQL database
  /// @throws fixtures.urls.EnvironmentError when one does not start or does not answer
  Databases(UnaryOperator<ClusterOptions> which, boolean cql) throws IOException {
    var wanted = ClusterOptions.of(0);
    if (cql) {
      wanted = wanted.onCql();
    }
    cluster = Cluster.start(which.apply(wanted));
    try (var engines = new Engines(cluster)) {
      described = engines.described();
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
    folder = Files.createTempDirectory("vyry-bench");
    file = folder.resolve("engines.properties");
    folder.toFile().deleteOnExit(); // last, when this process is told to end
    file.toFile().deleteOnExit();
    new EngineUrls(
            cluster.postgres().url(),
            cluster.redis().url(),
            cluster.cql().map(part -> part.url()).orElse(null),
            cluster.parts().stream().map(Part::pid).filter(pid -> pid != 0).toList())
        .write(file);
  }

  /// The JVM option that tells a fork.
  String option() {
    return "-D" + EngineUrls.PROPERTY + "=" + file;
  }

  /// Versions and settings.
  Map<String, String> described() {
    return described;
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(file);
      Files.deleteIfExists(folder);
    } catch (IOException _) {
      // a temporary folder that holds addresses of databases that are gone
    }
    cluster.close();
  }
}
