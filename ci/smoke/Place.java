package ci.smoke;

import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;
import migrate.schema.Dialect;

/// A server on which scratch databases can be made. Values; safe for any thread.
sealed interface Place {
  Dialect dialect();

  Scratch scratch();

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
  }
}
