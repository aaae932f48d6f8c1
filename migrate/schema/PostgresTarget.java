package migrate.schema;

import static migrate.schema.PostgresErrors.guarded;

import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import migrate.schema.PostgresHistory.Mark;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jooq.conf.Settings;
import org.jooq.conf.StatementType;

/// One session with PostgreSQL. A step and its line in the history are one transaction, so that a
/// step is applied whole or not at all, whenever the process or the server dies; one that can't be
/// one transaction is done by [StepByStatement]. The line is written first: should two runs meet in
/// spite of the lock, the second waits at the primary key and then does nothing.
///
/// While a step runs, [Watch] looks at who waits for it, and [Attempts] lets others pass.
final class PostgresTarget implements Target, AutoCloseable {
  /// For steps: sent as they are written.
  static final Settings STATIC =
      new Settings().withStatementType(StatementType.STATIC_STATEMENT).withExecuteLogging(false);

  /// Nothing newer than this is used in the steps, and nothing older is tried.
  private static final int OLDEST_SERVER_VERSION = 140_000;

  private final DSLContext dsl;
  private final Optional<DataSource> second;
  private final Patience standard;
  private final AdvisoryLock lock;

  // Others from [#lock] on.
  private Progress progress = Progress.SILENT;
  private Watch watch = new Watch(Optional.empty(), 0, progress);
  private Attempts attempts = new Attempts(watch, progress);

  /// Whether the history's table is known to exist, and whether the one of progress does.
  private boolean initialised;

  private boolean hasProgress;

  /// @param dsl on one connection that is in no transaction, with static statements
  /// @param second where the session of the [Watch] comes from; empty for none
  PostgresTarget(DSLContext dsl, Optional<DataSource> second, Patience standard) {
    this.dsl = dsl;
    this.second = second;
    this.standard = standard;
    this.lock = new AdvisoryLock(dsl);
  }

  @Override
  public List<Applied> history() {
    return initialised || inspect() ? PostgresHistory.lines(dsl) : List.of();
  }

  /// One query: refuses what can't be worked with, and looks for the history.
  private boolean inspect() {
    var row =
        dsl.fetchSingle(
            """
            SELECT current_schema() AS schema, current_setting('search_path') AS search_path,
              current_setting('server_version_num')::integer AS version_num,
              current_setting('server_version') AS version,
              to_regclass(quote_ident(current_schema()) || '.schema_history') IS NOT NULL AS found,
              to_regclass(quote_ident(current_schema()) || '.schema_progress') IS NOT NULL AS half\
            """);
    if (row.get("version_num", int.class) < OLDEST_SERVER_VERSION) {
      throw new EnvironmentError(
          "this PostgreSQL is %s, and 14 or newer is needed: upgrade it, or set another POSTGRES_URL"
              .formatted(row.get("version", String.class)));
    }
    if (row.get("schema", String.class) == null) {
      throw new EnvironmentError(
          "the search_path is %s and no schema in it exists: CREATE SCHEMA it first"
              .formatted(row.get("search_path", String.class)));
    }
    hasProgress = row.get("half", boolean.class);
    return initialised = row.get("found", boolean.class);
  }

  @Override
  public Optional<Unfinished> unfinished() {
    if (!initialised) {
      inspect();
    }
    if (!hasProgress) {
      return Optional.empty();
    }
    return PostgresHistory.marks(dsl).stream().findFirst().map(Mark::unfinished);
  }

  @Override
  public void lock(Duration timeout, Progress listener) {
    Circumstances.require(dsl, second);
    lock.take(timeout, listener);
    progress = listener;
    int pid = dsl.fetchSingle("SELECT pg_backend_pid()").get(0, int.class);
    watch = new Watch(second, pid, listener);
    attempts = new Attempts(watch, listener);
    guarded(
        "the history can't be created",
        () -> {
          PostgresHistory.create(dsl);
          return null;
        });
    inspect(); // what was there before may have come or gone while this waited
  }

  @Override
  public void unlock() {
    close();
    lock.release();
  }

  /// Ends the watching.
  @Override
  public void close() {
    watch.close();
  }

  @Override
  public Bookkeeping bookkeeping() {
    return new PostgresBookkeeping(dsl);
  }

  @Override
  public boolean apply(Step step) {
    if (step.contracts()) {
      OlderServers.refuse(dsl, step);
    }
    if (!step.directives().transaction()) {
      hasProgress = true;
      return byStatement().apply(step);
    }
    return whole(
        step,
        step.file() + " was not applied, nothing of it remains",
        in -> {
          if (!PostgresHistory.insert(in, step)) {
            return false;
          }
          step.up().forEach(statement -> StepByStatement.execute(in, statement));
          javaStep(step).ifPresent(java -> java.up(in));
          PostgresHistory.finish(in, step);
          return true;
        });
  }

  @Override
  public boolean revert(Step step) {
    if (!step.directives().transaction()) {
      hasProgress = true;
      return byStatement().revert(step);
    }
    return whole(
        step,
        step.file() + " was not undone, all of it remains",
        in -> {
          if (!PostgresHistory.delete(in, step.version())) {
            return false;
          }
          javaStep(step).ifPresent(java -> java.down(in));
          step.down().orElseThrow().forEach(s -> StepByStatement.execute(in, s));
          return true;
        });
  }

  private StepByStatement byStatement() {
    return new StepByStatement(dsl, attempts, standard, progress);
  }

  private interface Work {
    boolean in(DSLContext transaction);
  }

  private boolean whole(Step step, String outcome, Work work) {
    var patience = standard.with(step.directives());
    return guarded(
        outcome,
        () ->
            attempts.run(
                outcome,
                patience,
                () ->
                    dsl.transactionResult((Configuration transaction) -> {
                      var in = transaction.dsl();
                      StepByStatement.limit(in, patience, step.directives(), true);
                      return work.in(in);
                    })));
  }

  private static Optional<JavaStep> javaStep(Step step) {
    return step.directives()
        .java()
        .map(name -> {
          try {
            return (JavaStep) Class.forName(name).getConstructor().newInstance();
          } catch (ReflectiveOperationException | ClassCastException e) {
            throw new UserError(
                ("%s: %s can't be made: %s: it is public, implements JavaStep, and has a public"
                        + " constructor without arguments")
                    .formatted(step.file(), name, e));
          }
        });
  }
}
