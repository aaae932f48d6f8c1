package migrate.schema;

import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.PostgresUrl;
import java.nio.file.Path;

/// The PostgreSQL of the tests of `migrate`: one for the process, not durable, since no test here
/// ends it. Each test takes a database of its own.
public final class TestPostgres {
  private static final class Running {
    static final Engine ENGINE =
        EmbeddedPostgres.start(
            Home.at(Path.of(".vyry")).withData(Path.of(".vyry/tests/migrate")),
            EngineOptions.standard().notDurable());
  }

  private TestPostgres() {}

  /// Starts the engine with the first call; it is closed when the process ends. `TEST_POSTGRES_URL`
  /// names another one, of another version say, whose user is a superuser.
  public static PostgresUrl url() {
    String given = System.getenv("TEST_POSTGRES_URL");
    return PostgresUrl.parse(given == null ? Running.ENGINE.url() : given);
  }

  /// A database of the caller's own, who closes it.
  public static ScratchDatabase scratch() {
    return ScratchDatabase.beside(url());
  }
}
