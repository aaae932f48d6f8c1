package migrate.schema;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import com.datastax.oss.driver.api.core.servererrors.UnauthorizedException;
import fixtures.urls.EnvironmentError;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// One keyspace. CQL has no transactions: each statement of a step can be done twice (`IF NOT
/// EXISTS`), the line of the history comes after them, and a step that was broken off is done again
/// from its beginning. After each statement all nodes have the same schema.
final class CqlTarget implements Target {
  /// Three copies survive the loss of one with a quorum left; more cost and gain little.
  private static final int MOST_REPLICAS = 3;

  /// The driver itself waits for 10 s, and is then asked again.
  private static final int AGREEMENT_TRIES = 6;

  private static final int GRANT_TRIES = 7;
  private static final Duration GRANT_PAUSE = Duration.ofMillis(500);

  private final CqlSession session;
  private final String keyspace;
  private final CqlHistory history;
  private final CqlLock lock;
  private boolean initialised;
  private Optional<Unfinished> half; // as last read; null before that
  private Progress progress = Progress.SILENT; // of the run that holds the lock

  /// @param session which this may put into the keyspace, if it is not in it
  CqlTarget(CqlSession session, String keyspace, Duration lease) {
    this.session = session;
    this.keyspace = keyspace;
    this.history = new CqlHistory(session, keyspace);
    this.lock = new CqlLock(history, lease);
  }

  @Override
  public List<Applied> history() {
    return guarded(
        "the schema's history can't be read",
        () -> {
          try {
            var read = initialised ? history.read() : onceGranted(history::read);
            initialised = true;
            half = read.half().map(CqlTarget::undoing);
            return read.lines();
          } catch (InvalidQueryException e) {
            if (initialised) {
              throw e;
            }
            half = Optional.empty();
            return List.of(); // no such table or keyspace yet, or another run is just making it
          }
        });
  }

  private static Unfinished undoing(Applied line) {
    return new Unfinished(
        line.version(), Progress.Direction.DOWN, line.checksum(), OptionalInt.empty());
  }

  /// One that is begun to be undone, as [#history] read it: of one that is begun to be applied
  /// there is no line yet, and it is done again by the next `up`.
  @Override
  public Optional<Unfinished> unfinished() {
    if (half == null) {
      history();
    }
    return half;
  }

  @Override
  public void lock(Duration timeout, Progress listener) {
    progress = listener;
    guarded(
        "the schema's lock can't be taken",
        () -> {
          if (!initialised) {
            onceGranted(this::initialise);
            initialised = true;
          }
          session.execute("USE " + keyspace);
          lock.take(timeout, progress);
          history.addColumns().forEach(this::changeSchema);
          return null;
        });
  }

  private CqlHistory.Read initialise() {
    createKeyspace();
    // Until the nodes agree, two of them may take it for new. Then no third one can.
    changeSchema(history.createTable());
    return history.read();
  }

  /// Whoever makes a keyspace is granted its use a moment later, and when another run of the same
  /// user asked in that moment, the nodes remember for 2 s (`permissions_validity`) that he has no
  /// right to it.
  private static <T> T onceGranted(Supplier<T> work) {
    for (int tries = 1; ; tries++) {
      try {
        return work.get();
      } catch (UnauthorizedException e) {
        if (tries == GRANT_TRIES) {
          throw e;
        }
        Attempts.sleep(GRANT_PAUSE);
      }
    }
  }

  private void createKeyspace() {
    var found =
        session.execute(
            "SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?", keyspace);
    if (found.one() != null) {
      return;
    }
    String replication = replication();
    changeSchema(
        "CREATE KEYSPACE IF NOT EXISTS %s WITH replication = %s".formatted(keyspace, replication));
    progress.notice(
        "created keyspace %s with replication %s: ALTER KEYSPACE changes it"
            .formatted(keyspace, replication));
  }

  /// As many copies in each datacenter as it has nodes, at most three.
  private String replication() {
    Map<String, Integer> nodes =
        session.getMetadata().getNodes().values().stream()
            .filter(node -> node.getDatacenter() != null)
            .collect(Collectors.toMap(Node::getDatacenter, _ -> 1, Integer::sum, TreeMap::new));
    return nodes.entrySet().stream()
        .map(dc -> "'%s': %d".formatted(dc.getKey(), Math.min(MOST_REPLICAS, dc.getValue())))
        .collect(Collectors.joining(", ", "{'class': 'NetworkTopologyStrategy', ", "}"));
  }

  @Override
  public void unlock() {
    lock.release();
  }

  @Override
  public Bookkeeping bookkeeping() {
    return new CqlBookkeeping(session, keyspace, history, lock, this::changeSchema);
  }

  @Override
  public boolean apply(Step step) {
    if (history().stream().anyMatch(line -> line.version() == step.version())) {
      return false;
    }
    var begun = Instant.now();
    execute(step, step.up(), "was not applied, or in part");
    var line =
        new Applied(
            step.version(),
            step.name(),
            step.checksum(),
            begun,
            Duration.between(begun, Instant.now()),
            Identity.ofThisProcess(),
            step.directives().phase());
    guarded(
        step.file() + " was applied and its line in the history may be missing",
        () -> {
          lock.change((owner, fence) -> history.write(line, owner, fence));
          forgetPlace(step);
          return null;
        });
    return true;
  }

  @Override
  public boolean revert(Step step) {
    if (history().stream().noneMatch(line -> line.version() == step.version())) {
      return false;
    }
    guarded(
        step.file() + " was not undone",
        () -> {
          lock.change((owner, fence) -> history.undoing(step.version(), owner, fence));
          return null;
        });
    execute(step, step.down().orElseThrow(), "was not undone, or in part");
    guarded(
        step.file() + " was undone and its line is still in the history",
        () -> {
          forgetPlace(step); // a crash may have left it behind a step that was applied
          return null;
        });
    guarded(
        step.file() + " was undone and its line may still be in the history",
        () -> {
          lock.change((owner, fence) -> history.delete(step.version(), owner, fence));
          return null;
        });
    return true;
  }

  private void forgetPlace(Step step) {
    if (step.directives().backfill().isPresent()) {
      var places = new CqlProgress(session, keyspace);
      changeSchema(places.createTable());
      places.forget(step);
    }
  }

  private void execute(Step step, List<Statement> statements, String outcome) {
    for (var statement : statements) {
      lock.check();
      guarded(
          "%s %s: line %d".formatted(step.file(), outcome, statement.line()),
          () -> {
            if (step.directives().backfill().isPresent() && step.up().contains(statement)) {
              new CqlFill(session, keyspace, step, statement, progress, this::inTurn)
                  .run(this::changeSchema);
              return null;
            }
            var columns = CqlColumns.of(statement.text());
            if (columns.isEmpty() || !columns.get().done(session, keyspace)) {
              change(step, statement);
            }
            return null;
          });
    }
  }

  private void inTurn(Runnable work) {
    lock.inTurn(() -> {
      lock.check();
      work.run();
    });
  }

  private void change(Step step, Statement statement) {
    var limit = step.directives().statementTimeout().orElse(null); // null for the session's own
    var limited = SimpleStatement.newInstance(statement.text()).setTimeout(limit);
    lock.inTurn(() -> changeAndAgree(limited));
  }

  private void changeSchema(String statement) {
    lock.inTurn(() -> changeAndAgree(SimpleStatement.newInstance(statement)));
  }

  private void changeAndAgree(SimpleStatement statement) {
    boolean agreed = session.execute(statement).getExecutionInfo().isSchemaInAgreement();
    for (int tries = 0; !agreed; tries++) {
      if (tries == AGREEMENT_TRIES) {
        throw new EnvironmentError(
            "the nodes do not agree on the schema after `%s`: see with `nodetool describecluster` which node is behind, and run it again"
                .formatted(statement.getQuery().lines().findFirst().orElse("")));
      }
      agreed = session.checkSchemaAgreement();
    }
  }

  private static <T> T guarded(String outcome, Supplier<T> work) {
    try {
      return work.get();
    } catch (DriverException e) {
      throw CqlErrors.translated(outcome, e);
    }
  }
}
