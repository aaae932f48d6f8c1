package server.messages.cql;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.cql.Statement;
import com.datastax.oss.driver.api.core.metadata.schema.RelationMetadata;
import com.datastax.oss.driver.api.core.servererrors.QueryValidationException;
import fixtures.urls.CqlUrl;
import fixtures.urls.EnvironmentError;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import server.messages.StoreUnavailable;

/// The way to the CQL database: one session, requests pipelined within a bound, plain statements
/// tried again. Thread-safe. Everything is at `LOCAL_QUORUM`, and `LOCAL_SERIAL` where a condition
/// or a statement says so; so all nodes talk to one datacenter.
final class CqlLink implements AutoCloseable {
  /// A database that takes longer is away, as far as clients can tell; longer than Cassandra itself
  /// allows a write (2 s), so that it speaks first.
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(3);

  /// Of a connection's sign of life: a node that is only busy keeps its connection.
  private static final Duration HEARTBEAT_TIMEOUT = Duration.ofSeconds(10);

  private static final Duration RECONNECT_FIRST = Duration.ofMillis(200);
  private static final Duration RECONNECT_MOST = Duration.ofSeconds(3);

  /// Requests under way from this node: enough to keep a small cluster busy, few enough that none
  /// of them waits for long in the database's queues.
  private static final int MAX_IN_FLIGHT = 512;

  /// Of a plain statement: it does the same each time. More would only load a busy database more.
  private static final int MAX_TRIES = 2;

  private static final int RETRY_MILLIS = 30;
  private static final String INFER_DATACENTER = "DcInferringLoadBalancingPolicy";

  private final CqlSession session;
  private final Semaphore places = new Semaphore(MAX_IN_FLIGHT);

  private CqlLink(CqlSession session) {
    this.session = session;
  }

  /// Connects to a keyspace that is there.
  ///
  /// @throws EnvironmentError when no node answers, or refuses
  static CqlLink open(CqlUrl url) {
    var config =
        DriverConfigLoader.programmaticBuilder()
            .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, REQUEST_TIMEOUT)
            .withDuration(DefaultDriverOption.HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT)
            .withString(DefaultDriverOption.REQUEST_CONSISTENCY, "LOCAL_QUORUM")
            .withString(DefaultDriverOption.REQUEST_SERIAL_CONSISTENCY, "LOCAL_SERIAL")
            .withInt(DefaultDriverOption.CONNECTION_MAX_REQUESTS, 2 * MAX_IN_FLIGHT)
            .withDuration(DefaultDriverOption.RECONNECTION_BASE_DELAY, RECONNECT_FIRST)
            .withDuration(DefaultDriverOption.RECONNECTION_MAX_DELAY, RECONNECT_MOST)
            // Only this keyspace's metadata, for which the driver needs it: routing by token.
            .withStringList(
                DefaultDriverOption.METADATA_SCHEMA_REFRESHED_KEYSPACES, List.of(url.keyspace()))
            // Closing waits for quiet, 2 s unless it is said, and nothing is left under way then.
            .withInt(DefaultDriverOption.NETTY_IO_SHUTDOWN_QUIET_PERIOD, 0)
            .withInt(DefaultDriverOption.NETTY_ADMIN_SHUTDOWN_QUIET_PERIOD, 0);
    if (url.datacenter().isEmpty()) {
      config.withString(DefaultDriverOption.LOAD_BALANCING_POLICY_CLASS, INFER_DATACENTER);
    }
    var builder = CqlSession.builder().withConfigLoader(config.build());
    builder.withApplicationName("vyry server").withKeyspace(url.keyspace());
    url.hosts().forEach(h -> builder.addContactPoint(new InetSocketAddress(h.host(), h.port())));
    url.datacenter().ifPresent(builder::withLocalDatacenter);
    if (!url.user().isEmpty()) {
      builder.withAuthCredentials(url.user(), url.password());
    }
    try {
      return new CqlLink(builder.build());
    } catch (DriverException | IllegalArgumentException | IllegalStateException e) {
      throw new EnvironmentError(
          "%s can't be reached: %s: see that it runs, and SCYLLADB_URL"
              .formatted(url.masked(), e.getMessage()),
          e);
    }
  }

  /// A table's id, different in each keyspace and after each creation; empty when none is told.
  Optional<UUID> tableId(String table) {
    return session
        .getKeyspace()
        .flatMap(session.getMetadata()::getKeyspace)
        .flatMap(keyspace -> keyspace.getTable(table))
        .flatMap(RelationMetadata::getId);
  }

  CqlSession session() {
    return session;
  }

  /// A statement that does the same however often it is done: it is tried again.
  PreparedStatement prepare(String cql) {
    return session.prepare(SimpleStatement.newInstance(cql).setIdempotent(true));
  }

  /// A statement with a condition: nobody but its caller may try it again.
  PreparedStatement prepareConditional(String cql) {
    return session.prepare(SimpleStatement.newInstance(cql).setIdempotent(false));
  }

  /// Sends one; waits only while too many are under way.
  CompletableFuture<AsyncResultSet> send(Statement<?> statement) {
    places.acquireUninterruptibly();
    try {
      return session
          .executeAsync(statement)
          .toCompletableFuture()
          .whenComplete((_, _) -> places.release());
    } catch (RuntimeException e) { // the session is closed
      places.release();
      return CompletableFuture.failedFuture(e);
    }
  }

  /// Does one and waits for it, without trying again.
  ///
  /// @throws StoreUnavailable when it is unknown whether it was done
  List<Row> once(Statement<?> statement) {
    return rows(send(statement));
  }

  List<Row> all(Statement<?> statement) {
    return all(List.of(statement)).getFirst();
  }

  /// Does many at once and waits for all of them; those that fail are tried again.
  ///
  /// @param statements idempotent ones
  /// @return the rows of each
  /// @throws StoreUnavailable when one of them was not answered at last
  List<List<Row>> all(List<? extends Statement<?>> statements) {
    List<CompletableFuture<AsyncResultSet>> sent = new ArrayList<>(statements.size());
    statements.forEach(statement -> sent.add(send(statement)));
    List<List<Row>> answers = new ArrayList<>(statements.size());
    for (int i = 0; i < statements.size(); i++) {
      answers.add(answer(statements.get(i), sent.get(i)));
    }
    return answers;
  }

  private List<Row> answer(Statement<?> statement, CompletableFuture<AsyncResultSet> sent) {
    CompletableFuture<AsyncResultSet> last = sent;
    for (int tries = 1; ; tries++) {
      try {
        return rows(last);
      } catch (StoreUnavailable e) {
        if (tries == MAX_TRIES) {
          throw e;
        }
        Pause.JITTERED.about(tries * RETRY_MILLIS);
        last = send(statement);
      }
    }
  }

  private static List<Row> rows(CompletableFuture<AsyncResultSet> sent) {
    AsyncResultSet page = joined(sent);
    if (!page.hasMorePages() && !page.currentPage().iterator().hasNext()) {
      return List.of();
    }
    List<Row> rows = new ArrayList<>();
    page.currentPage().forEach(rows::add);
    while (page.hasMorePages()) {
      page = joined(page.fetchNextPage().toCompletableFuture());
      page.currentPage().forEach(rows::add);
    }
    return rows;
  }

  private static AsyncResultSet joined(CompletableFuture<AsyncResultSet> sent) {
    try {
      return sent.join();
    } catch (CompletionException e) {
      throw translated(e.getCause());
    } catch (CancellationException e) {
      throw translated(e);
    }
  }

  /// A statement that the database cannot understand is a fault of this program; anything else says
  /// only that the database did not do its part.
  static RuntimeException translated(Throwable cause) {
    return cause instanceof QueryValidationException wrong
        ? new IllegalStateException("the CQL database refused a statement", wrong)
        : new StoreUnavailable(cause);
  }

  @Override
  public void close() {
    session.close();
  }
}
