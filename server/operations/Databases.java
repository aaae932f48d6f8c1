package server.operations;

import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.EmbeddedRedis;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import fixtures.urls.RedisUrl;
import fixtures.urls.Settings;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// The databases of one server: those its settings name, and embedded engines for those they don't
/// (in development; production refuses earlier). Closing ends only what was started here.
public final class Databases implements AutoCloseable {
  private static final int LOGIN_TIMEOUT_SECONDS = 5;

  private final Engine postgres;
  private final Engine redis;

  private Databases(Engine postgres, Engine redis) {
    this.postgres = postgres;
    this.redis = redis;
  }

  /// Finds or starts them, both at once.
  ///
  /// @throws EnvironmentError when PostgreSQL does not answer; Redis may come later
  public static Databases of(ServerSettings server, Settings settings) {
    Home home = Home.of(settings);
    EngineOptions options = EngineOptions.standard().closedByCaller();
    CompletableFuture<Engine> redis =
        CompletableFuture.supplyAsync(() ->
            server
                .redis()
                .map(url -> Engine.external("redis", url.text()))
                .orElseGet(() -> EmbeddedRedis.start(home, options)));
    Engine postgres = null;
    try {
      postgres =
          server
              .postgres()
              .map(Databases::answering)
              .orElseGet(() -> EmbeddedPostgres.start(home, options));
      return new Databases(postgres, redis.join());
    } catch (RuntimeException e) {
      if (postgres != null) {
        postgres.close();
      }
      redis.handle((started, _) -> started).thenAccept(Databases::close).join();
      throw e instanceof CompletionException && e.getCause() instanceof RuntimeException cause
          ? cause
          : e;
    }
  }

  private static Engine answering(PostgresUrl url) {
    DriverManager.setLoginTimeout(LOGIN_TIMEOUT_SECONDS);
    try (Connection connection =
        DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password())) {
      if (!connection.isValid(LOGIN_TIMEOUT_SECONDS)) {
        throw new SQLException("no answer within " + LOGIN_TIMEOUT_SECONDS + " s");
      }
      return Engine.external("postgres", url.text());
    } catch (SQLException e) {
      throw new EnvironmentError(
          "PostgreSQL at "
              + url.masked()
              + " does not answer ("
              + e.getMessage()
              + "): start it, or correct POSTGRES_URL");
    }
  }

  private static void close(Engine started) {
    if (started != null) {
      started.close();
    }
  }

  public PostgresUrl postgres() {
    return PostgresUrl.parse(postgres.url());
  }

  public RedisUrl redis() {
    return RedisUrl.parse(redis.url());
  }

  @Override
  public void close() {
    postgres.close();
    redis.close();
  }
}
