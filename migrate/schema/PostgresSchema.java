package migrate.schema;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jooq.impl.DataSourceConnectionProvider;

/// Takes the schema of a PostgreSQL database up and down its steps, and tells its state.
///
/// It works in the first schema of the connection's `search_path`, in one session, which is left as
/// it was found; that session must be in no transaction. Each step is one transaction. Runs on one
/// database and schema, from any process and machine, follow one another. A value: safe for any
/// thread, each call with a session of its own.
///
/// Errors: [SchemaMismatch] when history and steps do not fit, [fixtures.urls.UserError] for a
/// faulty step or version, [fixtures.urls.EnvironmentError] when the database is away, too old,
/// locked for too long or refuses. What was applied before an error stays applied.
public final class PostgresSchema {
  /// As long as a deployment may well take that runs at the same time.
  public static final Duration DEFAULT_LOCK_TIMEOUT = Duration.ofSeconds(60);

  private final Steps steps;
  private final Duration lockTimeout;
  private final Patience patience;
  private final Progress progress;

  PostgresSchema(Steps steps) {
    this(steps, DEFAULT_LOCK_TIMEOUT, Patience.STANDARD, Progress.SILENT);
  }

  private PostgresSchema(Steps steps, Duration lockTimeout, Patience patience, Progress progress) {
    this.steps = steps;
    this.lockTimeout = lockTimeout;
    this.patience = patience;
    this.progress = progress;
  }

  /// The same, waiting at most this long for another run.
  public PostgresSchema lockTimeout(Duration timeout) {
    return new PostgresSchema(steps, timeout, patience, progress);
  }

  /// The same, stopping a step that keeps a session of somebody else waiting for longer than this.
  /// That is seen from a second session, which only a data source gives.
  public PostgresSchema maxBlocking(Duration bound) {
    return patience(patience.maxBlocking(bound));
  }

  PostgresSchema patience(Patience other) {
    return new PostgresSchema(steps, lockTimeout, other, progress);
  }

  /// The same, telling what it does.
  public PostgresSchema progress(Progress listener) {
    return new PostgresSchema(steps, lockTimeout, patience, listener);
  }

  public Steps steps() {
    return steps;
  }

  /// Applies all pending steps; two queries and no lock when there are none.
  ///
  /// @return the steps that this call applied, none when the schema was up to date
  public List<Step> up(DataSource database) {
    return run(database, runner -> runner.up(OptionalInt.empty()));
  }

  /// As [#up(DataSource)].
  public List<Step> up(DSLContext database) {
    return run(database, runner -> runner.up(OptionalInt.empty()));
  }

  /// Applies the pending steps up to and with `version`.
  public List<Step> up(DSLContext database, int version) {
    return run(database, runner -> runner.up(OptionalInt.of(version)));
  }

  /// Undoes the newest `count` applied steps, newest first.
  ///
  /// @return the steps that this call undid
  public List<Step> down(DSLContext database, int count) {
    return run(database, runner -> runner.down(count));
  }

  /// Undoes all steps newer than `version`, newest first; 0 undoes everything.
  ///
  /// @return the steps that this call undid
  public List<Step> downTo(DSLContext database, int version) {
    return run(database, runner -> runner.downTo(version));
  }

  /// Compares the history with the steps, by two queries.
  public SchemaState state(DSLContext database) {
    return run(database, Runner::state);
  }

  /// As [#state(DSLContext)].
  public SchemaState state(DataSource database) {
    return run(database, Runner::state);
  }

  /// The state of every step and of every applied version that has none.
  public Status status(DSLContext database) {
    return run(database, Runner::status);
  }

  /// Does several things in one session.
  public <T> T run(DataSource database, Function<Runner, T> work) {
    try (var connection = database.getConnection()) {
      return run(connection, Optional.of(database), work);
    } catch (SQLException e) {
      throw PostgresErrors.unreachable(e);
    }
  }

  /// As [#run(DataSource, Function)].
  public <T> T run(DSLContext database, Function<Runner, T> work) {
    Optional<DataSource> second =
        database.configuration().connectionProvider() instanceof DataSourceConnectionProvider p
            ? Optional.of(p.dataSource())
            : Optional.empty();
    return database.connectionResult(connection -> run(connection, second, work));
  }

  private <T> T run(Connection connection, Optional<DataSource> second, Function<Runner, T> work)
      throws SQLException {
    if (!connection.getAutoCommit()) {
      throw new IllegalStateException("the schema is changed in transactions of its own");
    }
    var dsl = DSL.using(connection, SQLDialect.POSTGRES, PostgresTarget.STATIC);
    try (var target = new PostgresTarget(dsl, second, patience)) {
      return work.apply(new Runner(steps, target, lockTimeout, progress));
    } catch (DataAccessException e) {
      throw PostgresErrors.translated("the schema's history can't be read", e);
    }
  }
}
