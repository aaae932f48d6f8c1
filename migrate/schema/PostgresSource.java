package migrate.schema;

import fixtures.urls.PostgresUrl;
import org.postgresql.ds.PGSimpleDataSource;

/// Sessions with PostgreSQL without a pool, for what needs one or two of them.
public final class PostgresSource {
  private PostgresSource() {}

  /// Each `getConnection` opens a session, named after the program unless the URL names it.
  public static PGSimpleDataSource of(PostgresUrl url) {
    var source = new PGSimpleDataSource();
    source.setApplicationName("vyry migrate");
    source.setUrl(url.jdbcUrl());
    source.setUser(url.user());
    source.setPassword(url.password());
    return source;
  }
}
