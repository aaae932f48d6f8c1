package migrate.command;

import fixtures.engines.EmbeddedCassandra;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.CqlUrl;
import fixtures.urls.Settings;
import fixtures.urls.UserError;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import migrate.rehearsal.Rehearsal;
import migrate.schema.CqlFingerprint;
import migrate.schema.CqlSessions;
import migrate.schema.Dialect;
import migrate.schema.Progress;
import migrate.schema.Runner;
import migrate.schema.Schema;
import migrate.schema.Steps;

/// The CQL database of the settings or, outside of production, the embedded one.
final class CqlDatabase implements Database {
  private final Engine engine;
  private final CqlUrl url;

  private CqlDatabase(Engine engine) {
    this.engine = engine;
    this.url = CqlUrl.parse(engine.url());
  }

  static CqlDatabase open(Settings settings) {
    var url = settings.cql();
    if (url.isPresent()) {
      return new CqlDatabase(Engine.external("cql", url.get().text()));
    }
    if (settings.production()) {
      throw new UserError(
          "SCYLLADB_URL is not set, and in production nothing is started in its place: set it, or"
              + " give --scylladb-url");
    }
    return new CqlDatabase(EmbeddedCassandra.start(Home.of(settings), EngineOptions.standard()));
  }

  @Override
  public Dialect dialect() {
    return Dialect.CQL;
  }

  @Override
  public String shown() {
    return url.masked();
  }

  @Override
  public <T> T run(Duration lockTimeout, Progress progress, Function<Runner, T> work) {
    return Schema.cql().lockTimeout(lockTimeout).progress(progress).run(url, work);
  }

  @Override
  public List<String> schema() {
    try (var session = CqlSessions.open(url)) {
      return CqlFingerprint.lines(session, url.keyspace());
    }
  }

  @Override
  public Rehearsal rehearsal(Optional<String> server) {
    return Rehearsal.cql(server.map(CqlUrl::parse).orElse(url), Steps.bundled(Dialect.CQL));
  }

  @Override
  public void close() {
    engine.close();
  }
}
