package server.testing;

import fixtures.engines.EmbeddedCassandra;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.CqlUrl;
import fixtures.urls.Settings;
import java.util.Map;
import java.util.UUID;
import migrate.schema.Schema;

/// The CQL engine of this folder's tests: one Cassandra for the process, not durable, ended with
/// it. Each test class takes a keyspace of its own. Thread-safe.
public final class TestCql {
  private static final class Running {
    static final Engine ENGINE =
        EmbeddedCassandra.start(home(), EngineOptions.standard().notDurable());

    private static Home home() {
      Home standard = Home.of(Settings.ofThisProcess(Map.of(), Map.of()));
      return standard.withData(TestFolder.take(standard.data().resolveSibling("test-cql")));
    }
  }

  private TestCql() {}

  /// A migrated, empty keyspace. The first call of a process takes 4 to 24 s more.
  public static CqlUrl newKeyspace() {
    CqlUrl url = missingKeyspace();
    Schema.cql().up(url);
    return url;
  }

  /// The URL of a keyspace that does not exist.
  public static CqlUrl missingKeyspace() {
    String name = "t_" + UUID.randomUUID().toString().replace("-", "");
    return CqlUrl.parse(Running.ENGINE.url().replaceFirst("/[a-z_]+$", "/" + name));
  }
}
