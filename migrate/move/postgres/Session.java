package migrate.move.postgres;

import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import java.sql.Connection;
import java.sql.SQLException;
import migrate.schema.PostgresSource;
import org.jooq.DSLContext;
import org.jooq.ExecuteContext;
import org.jooq.ExecuteListener;
import org.jooq.SQLDialect;
import org.jooq.conf.Settings;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DefaultConfiguration;

/// One session of a mover with one of the two databases, autocommitting. For one thread at a time.
///
/// @param side `source` or `target`, for messages
record Session(String side, PostgresUrl url, Connection connection, DSLContext dsl)
    implements AutoCloseable {
  private static final int CONNECT_SECONDS = 5;

  /// What a server is set to for its users' sake must not end a long copy.
  private static final String NO_LIMITS =
      "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout ="
          + " 0;"
          // One meaning of all text that is read on one side and written on the other.
          + " SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET timezone = 'UTC';"
          + " SET extra_float_digits = 3; SET bytea_output = 'hex';"
          // What is decided here must outlive a crash, and what is not flushed is not replicated.
          + " SELECT set_config('synchronous_commit', 'on', false)"
          + " WHERE current_setting('synchronous_commit') = 'off'";

  /// @throws EnvironmentError when it does not answer
  static Session open(String side, PostgresUrl url) {
    var source = PostgresSource.of(url);
    source.setApplicationName("vyry move");
    source.setConnectTimeout(CONNECT_SECONDS);
    source.setTcpKeepAlive(true);
    try {
      Connection connection = source.getConnection();
      try (var statement = connection.createStatement()) {
        statement.execute(NO_LIMITS);
      }
      var configuration =
          new DefaultConfiguration()
              .set(connection)
              .set(SQLDialect.POSTGRES)
              .set(new Settings().withExecuteLogging(false));
      configuration.set(
          ExecuteListener.onException(context -> context.exception(told(side, url, context))));
      return new Session(side, url, connection, configuration.dsl());
    } catch (SQLException e) {
      throw new EnvironmentError(
          "the %s %s can't be reached: %s".formatted(side, url.masked(), e.getMessage()), e);
    }
  }

  /// jOOQ would tell the statement, and one of them has a password.
  private static RuntimeException told(String side, PostgresUrl url, ExecuteContext context) {
    SQLException e = context.sqlException();
    if (e == null) {
      return context.exception();
    }
    String state = String.valueOf(e.getSQLState());
    boolean away = state.startsWith("08") || state.startsWith("57P"); // no connection; shut down
    return new DataAccessException(
        "the %s %s %s: %s"
            .formatted(side, url.masked(), away ? "went away" : "refused", e.getMessage()),
        e);
  }

  /// One more with the same database.
  Session another() {
    return open(side, url);
  }

  /// The server's version, as 150004.
  int version() {
    return dsl.fetchSingle("SELECT current_setting('server_version_num')::integer")
        .get(0, int.class);
  }

  String text(String sql, Object... values) {
    var row = dsl.fetchOne(sql, values);
    return row == null ? null : row.get(0, String.class);
  }

  long number(String sql, Object... values) {
    return dsl.fetchSingle(sql, values).get(0, long.class);
  }

  /// What libpq needs to connect, for a subscription of the other side.
  String libpq() {
    var text = new StringBuilder();
    var hosts = url.hosts();
    add(text, "host", String.join(",", hosts.stream().map(h -> h.host()).toList()));
    add(text, "port", String.join(",", hosts.stream().map(h -> "" + h.port()).toList()));
    add(text, "dbname", url.database());
    add(text, "user", url.user());
    if (!url.password().isEmpty()) {
      add(text, "password", url.password());
    }
    url.parameters().forEach((name, value) -> add(text, name, value));
    return text.toString().strip();
  }

  private static void add(StringBuilder text, String name, String value) {
    String quoted = value.replace("\\", "\\\\").replace("'", "\\'");
    text.append(name).append("='").append(quoted).append("' ");
  }

  /// A text as an SQL literal, for statements that take no parameters.
  static String literal(String text) {
    return text.contains("\\")
        ? " E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
        : "'" + text.replace("'", "''") + "'";
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException _) {
      // It is being left.
    }
  }
}
