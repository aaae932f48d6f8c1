package ci.smoke;

import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;
import migrate.schema.Dialect;

/// A server on which scratch databases can be made. Values; safe for any thread.
sealed interface Place {
  Dialect dialect();

  Scratch scratch();

  /// Makes one and drops it.
  ///
  /// @throws fixtures.urls.EnvironmentError when the server is away or the user may not
  void probe();

  /// Where databases may be created; the user needs that right.
  record Postgres(PostgresUrl url) implements Place {
    @Override
    public Dialect dialect() {
      return Dialect.POSTGRES;
    }

    @Override
    public PostgresScratch scratch() {
      return PostgresScratch.beside(url);
    }

    @Override
    public void probe() {
      scratch().close();
    }
  }

  /// Where keyspaces may be created.
  record Cql(CqlUrl url) implements Place {
    @Override
    public Dialect dialect() {
      return Dialect.CQL;
    }

    @Override
    public CqlScratch scratch() {
      return CqlScratch.beside(url);
    }

    @Override
    public void probe() {
      try (var scratch = scratch()) {
        scratch.probe();
      }
    }
  }
}
