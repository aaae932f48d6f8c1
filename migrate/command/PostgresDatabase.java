package migrate.command;

import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.PostgresUrl;
import fixtures.urls.Settings;
import fixtures.urls.UserError;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import migrate.rehearsal.Rehearsal;
import migrate.schema.Dialect;
import migrate.schema.PostgresFingerprint;
import migrate.schema.PostgresSource;
import migrate.schema.Progress;
import migrate.schema.Runner;
import migrate.schema.Schema;
import migrate.schema.Steps;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/// The PostgreSQL of the settings or, outside of production, the embedded one.
final class PostgresDatabase implements Database {
  private final Engine engine;
  private final PostgresUrl url;
  private final Optional<Duration> maxBlocking;

  private PostgresDatabase(Engine engine, Optional<Duration> maxBlocking) {
    this.engine = engine;
    this.maxBlocking = maxBlocking;
    this.url = PostgresUrl.parse(engine.url());
  }

  /// @param maxBlocking how long a step may keep another session waiting
  static PostgresDatabase open(Settings settings, Duration maxBlocking) {
    var url = settings.postgres();
    if (url.isPresent()) {
      return new PostgresDatabase(
          Engine.external("postgres", url.get().text()), Optional.of(maxBlocking));
    }
    if (settings.production()) {
      throw new UserError(
          "POSTGRES_URL is not set, and in production nothing is started in its place: set it, or"
              + " give --postgres-url");
    }
    return embedded(settings, Optional.of(maxBlocking));
  }

  static PostgresDatabase embedded(Settings settings) {
    return embedded(settings, Optional.empty());
  }

  private static PostgresDatabase embedded(Settings settings, Optional<Duration> maxBlocking) {
    return new PostgresDatabase(
        EmbeddedPostgres.start(Home.of(settings), EngineOptions.standard()), maxBlocking);
  }

  PostgresUrl url() {
    return url;
  }

  @Override
  public Dialect dialect() {
    return Dialect.POSTGRES;
  }

  @Override
  public String shown() {
    return url.masked();
  }

  @Override
  public <T> T run(Duration lockTimeout, Progress progress, Function<Runner, T> work) {
    var schema = Schema.postgres().lockTimeout(lockTimeout).progress(progress);
    return maxBlocking.map(schema::maxBlocking).orElse(schema).run(PostgresSource.of(url), work);
  }

  @Override
  public List<String> schema() {
    return PostgresFingerprint.lines(dsl());
  }

  @Override
  public Rehearsal rehearsal(Optional<String> server) {
    String schema = dsl().fetchSingle("SELECT current_schema()").get(0, String.class);
    if (schema == null) {
      throw new UserError("no schema in the search_path of %s exists".formatted(shown()));
    }
    var beside = server.map(PostgresUrl::parse).orElse(url);
    return Rehearsal.postgres(beside, schema, Steps.bundled(Dialect.POSTGRES));
  }

  private DSLContext dsl() {
    return DSL.using(PostgresSource.of(url), SQLDialect.POSTGRES);
  }

  @Override
  public void close() {
    engine.close();
  }
}
