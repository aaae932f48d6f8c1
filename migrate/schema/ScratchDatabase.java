package migrate.schema;

import fixtures.engines.AtExit;
import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import java.sql.SQLException;
import java.util.UUID;
import javax.sql.DataSource;

/// An empty PostgreSQL database beside another one on the same server, gone after [#close()]: for
/// tests, code generation and rehearsals. Nothing in the other database is touched. For any thread.
public final class ScratchDatabase implements AutoCloseable {
  /// What its name begins with, so that one left by a killed process can be told.
  public static final String PREFIX = "vyry_scratch_";

  private static final String MISSING_RIGHT = "42501";

  private final PostgresUrl origin;
  private final PostgresUrl url;
  private final AtExit atExit;

  private ScratchDatabase(PostgresUrl origin, PostgresUrl url) {
    this.origin = origin;
    this.url = url;
    this.atExit = AtExit.run(this::drop);
  }

  /// Creates it; the user needs the right CREATEDB.
  public static ScratchDatabase beside(PostgresUrl origin) {
    String name = PREFIX + UUID.randomUUID().toString().replace("-", "");
    execute(origin, "CREATE DATABASE " + name);
    String text = origin.text().replaceFirst("^([a-z]+://[^/?]+)(/[^?]*)?", "$1/" + name);
    return new ScratchDatabase(origin, PostgresUrl.parse(text));
  }

  public PostgresUrl url() {
    return url;
  }

  /// Without a pool.
  public DataSource dataSource() {
    return PostgresSource.of(url);
  }

  /// Ends the sessions in it and drops it.
  @Override
  public void close() {
    atExit.close();
    drop();
  }

  private void drop() {
    execute(origin, "DROP DATABASE IF EXISTS " + url.database() + " WITH (FORCE)");
  }

  private static void execute(PostgresUrl database, String sql) {
    try (var connection = PostgresSource.of(database).getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      String mend =
          MISSING_RIGHT.equals(e.getSQLState())
              ? "ALTER ROLE %s CREATEDB, or give a server where it may (`migrate`: --scratch-url)"
                  .formatted(database.user())
              : "see that PostgreSQL is there";
      throw new EnvironmentError(
          "%s: %s [%s]: %s".formatted(sql, e.getMessage(), e.getSQLState(), mend), e);
    }
  }
}
