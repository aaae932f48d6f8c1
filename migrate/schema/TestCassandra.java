package migrate.schema;

import com.datastax.oss.driver.api.core.CqlSession;
import fixtures.engines.EmbeddedCassandra;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.CqlUrl;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;

/// The CQL engine of the tests of `migrate`: one for the process, not durable, since no test here
/// ends it. Each test takes a keyspace of its own.
public final class TestCassandra {
  private static final class Running {
    static final Engine ENGINE =
        EmbeddedCassandra.start(
            Home.at(Path.of(".vyry")).withData(Path.of(".vyry/tests/migrate")),
            EngineOptions.standard().notDurable());
    static final CqlSession SESSION = CqlSessions.open(CqlUrl.parse(ENGINE.url()));
  }

  private TestCassandra() {}

  /// Of a keyspace that does not exist. Starts the engine with the first call; it is closed when
  /// the process ends.
  public static CqlUrl newKeyspace() {
    String name = "t_" + UUID.randomUUID().toString().replace("-", "");
    return CqlUrl.parse(Running.ENGINE.url().replaceFirst("/[a-z_]+$", "/" + name));
  }

  /// In no keyspace; not to be closed.
  public static CqlSession session() {
    return Running.SESSION;
  }

  /// Runs a class's `main` on a keyspace, in a process of its own.
  ///
  /// @return its exit code
  static int process(Class<?> main, CqlUrl url) throws IOException, InterruptedException {
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElseThrow(),
            "-cp",
            System.getProperty("java.class.path"),
            main.getName(),
            url.text())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
