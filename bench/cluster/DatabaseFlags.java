package bench.cluster;

import fixtures.urls.Settings;
import java.util.HashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/// Which databases a command measures, as flags: those of URLs, the others started.
public final class DatabaseFlags {
  /// What is started where no URL is given.
  enum Kind {
    embedded,
    container
  }

  @Option(
      names = "--engine",
      paramLabel = "KIND",
      description = "Databases that no URL names: ${COMPLETION-CANDIDATES}.")
  private Kind engine = Kind.embedded;

  @Option(names = "--postgres-url", paramLabel = "URL", description = "Use this one.")
  private String postgres;

  @Option(names = "--redis-url", paramLabel = "URL", description = "Use this one.")
  private String redis;

  @Option(names = "--scylladb-url", paramLabel = "URL", description = "Use this one.")
  private String scylladb;

  /// `wanted` with databases as the flags say.
  public ClusterOptions on(ClusterOptions wanted) {
    Map<String, String> urls = new HashMap<>();
    urls.put(Settings.POSTGRES_URL, postgres);
    urls.put(Settings.REDIS_URL, redis);
    urls.put(Settings.SCYLLADB_URL, scylladb);
    ClusterOptions options = engine == Kind.container ? wanted.inContainers() : wanted;
    for (var url : urls.entrySet()) {
      if (url.getValue() != null) {
        options = options.withUrl(url.getKey(), url.getValue());
      }
    }
    return options;
  }
}
