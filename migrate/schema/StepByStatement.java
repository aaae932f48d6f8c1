package migrate.schema;

import static org.jooq.impl.DSL.raw;

import fixtures.urls.UserError;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import migrate.schema.PostgresErrors.StatementFailed;
import migrate.schema.PostgresHistory.Mark;
import migrate.schema.Progress.Direction;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;

/// Does a step whose statements are committed one by one, so that it may be broken off at any point
/// and goes on there: each statement and its mark in `schema_progress` are one transaction. A
/// statement that no transaction can hold (CREATE INDEX CONCURRENTLY) has two marks, one before and
/// one after it, and what a broken-off attempt left is cleared away. For one thread.
final class StepByStatement {
  private final DSLContext dsl;
  private final Attempts attempts;
  private final Patience standard;
  private final Progress progress;

  /// @param dsl on one connection that is in no transaction, with static statements
  StepByStatement(DSLContext dsl, Attempts attempts, Patience standard, Progress progress) {
    this.dsl = dsl;
    this.attempts = attempts;
    this.standard = standard;
    this.progress = progress;
  }

  /// @return false when somebody else finished it meanwhile, and nothing was done
  boolean apply(Step step) {
    return run(step, Direction.UP, step.up());
  }

  /// As [#apply], undoing it.
  boolean revert(Step step) {
    return run(step, Direction.DOWN, step.down().orElseThrow());
  }

  private boolean run(Step step, Direction direction, List<Statement> statements) {
    var patience = standard.with(step.directives());
    PostgresHistory.createProgress(dsl);
    PostgresHistory.begin(dsl, step, direction);
    var mark = PostgresHistory.mark(dsl, step.version()).orElseThrow();
    requireSame(mark, step, direction);
    if (mark.done() > 0 || mark.begun()) {
      progress.notice(
          "goes on with %s behind %d of %d statements"
              .formatted(step.file(), mark.done(), statements.size()));
    }
    for (int i = mark.done(); i < statements.size(); i++) {
      boolean begun = mark.begun() && i == mark.done();
      var statement = statements.get(i);
      int done = i + 1;
      String outcome = outcome(step, direction, i, statements.size());
      PostgresErrors.guarded(
          outcome,
          () -> {
            execute(step, statement, done, begun, outcome, patience, direction);
            return null;
          });
    }
    return PostgresErrors.guarded(
        outcome(step, direction, statements.size(), statements.size()),
        () -> dsl.transactionResult((Configuration c) -> finish(c.dsl(), step, direction)));
  }

  private static boolean finish(DSLContext in, Step step, Direction direction) {
    boolean ours;
    if (direction == Direction.UP) {
      ours = PostgresHistory.insert(in, step);
      PostgresHistory.finishBegun(in, step);
    } else {
      ours = PostgresHistory.delete(in, step.version());
    }
    PostgresHistory.forget(in, step);
    return ours;
  }

  private static void requireSame(Mark mark, Step step, Direction direction) {
    if (mark.direction() != direction) {
      throw new SchemaMismatch(mark.unfinished().sentence());
    }
    if (!mark.checksum().equals(step.checksum())) {
      throw new SchemaMismatch(
          ("%s changed since it was begun, and %d of its statements are done: restore the file as"
               + " it was (`git log -- migrate/steps`) and put the change into a new step, or, if"
               + " only what is not done yet was changed, run `repair` and then this again")
              .formatted(step.file(), mark.done()));
    }
  }

  private static String outcome(Step step, Direction direction, int done, int of) {
    return ("%s was not %s to its end, %d of %d statements are done, the next run goes on there"
            + " (after `repair`, if the file is mended)")
        .formatted(step.file(), direction == Direction.UP ? "applied" : "undone", done, of);
  }

  private void execute(
      Step step,
      Statement statement,
      int done,
      boolean begun,
      String outcome,
      Patience patience,
      Direction direction) {
    Optional<Backfill> backfill =
        step.directives().backfill().filter(_ -> statement.text().contains(Backfill.PLACE));
    if (backfill.isPresent()) {
      new Batches(dsl, attempts, progress, step, statement, backfill.get(), patience).run(outcome);
      PostgresHistory.done(dsl, step, done);
      return;
    }
    var index = ConcurrentIndex.of(statement.text());
    if (index.isEmpty() && !begun && inTransaction(step, statement, done, outcome, patience)) {
      return;
    }
    alone(step, statement, done, begun, index, outcome, patience);
  }

  /// @return false when PostgreSQL says that it can't be in one: then nothing was done
  private boolean inTransaction(
      Step step, Statement statement, int done, String outcome, Patience patience) {
    try {
      attempts.run(
          outcome,
          patience,
          () -> {
            dsl.transaction((Configuration transaction) -> {
              var in = transaction.dsl();
              limit(in, patience, step.directives(), true);
              execute(in, statement);
              PostgresHistory.done(in, step, done);
            });
            return null;
          });
      return true;
    } catch (StatementFailed e) {
      if (PostgresErrors.state(e).equals(PostgresErrors.IN_TRANSACTION)) {
        return false;
      }
      throw e;
    }
  }

  private void alone(
      Step step,
      Statement statement,
      int done,
      boolean begun,
      Optional<ConcurrentIndex> index,
      String outcome,
      Patience patience) {
    PostgresHistory.begun(dsl, step);
    try {
      attempts.run(
          outcome,
          patience,
          () -> {
            // What CONCURRENTLY waits for keeps nobody waiting behind it: it may take long.
            var own = index.isPresent() ? patience.lockTimeout(Duration.ZERO) : patience;
            limit(dsl, own, step.directives(), false);
            boolean there = index.isPresent() && index.get().settle(dsl, begun, progress);
            try {
              if (!there) {
                execute(dsl, statement);
              }
            } catch (StatementFailed e) {
              index.ifPresent(i -> i.clear(dsl));
              throw e;
            }
            return null;
          });
    } finally {
      unlimit();
    }
    PostgresHistory.done(dsl, step, done);
  }

  private void unlimit() {
    try {
      dsl.execute(raw("RESET lock_timeout"));
      dsl.execute(raw("RESET statement_timeout"));
    } catch (DataAccessException _) {
      // The session is gone; what went wrong before says so.
    }
  }

  /// Sets the session's or the transaction's time limits.
  static void limit(DSLContext in, Patience patience, Directives directives, boolean local) {
    String set = local ? "SET LOCAL " : "SET ";
    in.execute(raw(set + "lock_timeout = " + patience.lockTimeout().toMillis()));
    if (directives.statementTimeout().isPresent() || !directives.transaction()) {
      long millis = directives.statementTimeout().orElse(Duration.ZERO).toMillis();
      in.execute(raw(set + "statement_timeout = " + millis));
    }
  }

  /// Sent as it is written: `raw` keeps jOOQ from seeing templates in it, and a static statement
  /// keeps the driver from seeing parameters.
  static void execute(DSLContext in, Statement statement) {
    try {
      in.execute(raw(statement.text()));
    } catch (DataAccessException e) {
      throw new StatementFailed(statement, e);
    }
  }

  /// A user error of a step's own: for what can be seen before it is begun.
  static UserError wrong(Step step, Statement statement, String what) {
    return new UserError("%s: line %d: %s".formatted(step.file(), statement.line(), what));
  }
}
