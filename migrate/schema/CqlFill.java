package migrate.schema;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.servererrors.QueryValidationException;
import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/// Runs a back-fill of CQL: the table is read page by page in the order of its partitions' tokens,
/// and the statement is done for each row with that row's values. Where it has come to is written
/// down after each page; broken off, it goes on from there, and some rows are done twice.
///
/// All its writes have the time at which the back-fill was begun: what a server writes (or deletes)
/// meanwhile is newer and stays, and a row that is done twice is as if it had been done once. For
/// one thread and one run.
final class CqlFill {
  /// Statements under way at once: enough to keep a node busy, few enough to leave it to others.
  private static final int IN_FLIGHT = 32;

  /// A page or a write that nodes did not answer in time is done again, after longer and longer.
  private static final int TRIES = 6;

  private static final long FIRST_PAUSE_MILLIS = 500;
  private static final long LONGEST_REST_MILLIS = 1_000;

  /// What the tokens of Murmur3 span.
  private static final double TOKENS = 0x1p64;

  private final CqlSession session;
  private final String keyspace;
  private final Step step;
  private final Statement statement;
  private final Backfill backfill;
  private final Progress progress;
  private final CqlProgress places;
  private final Consumer<Runnable> turn;
  private final Semaphore room = new Semaphore(IN_FLIGHT);
  private final List<String> values; // select expressions, in the order of the statement's places
  private Set<String> key;
  private String token;
  private PreparedStatement write;
  private CqlProgress.Place place;
  private Long last; // token of the row before, also of the page before
  private long began;
  private long rowsBefore;

  /// @param turn does a page, and fails when the schema's lock is lost
  CqlFill(
      CqlSession session,
      String keyspace,
      Step step,
      Statement statement,
      Progress progress,
      Consumer<Runnable> turn) {
    this.session = session;
    this.keyspace = keyspace;
    this.step = step;
    this.statement = statement;
    this.backfill = step.directives().backfill().orElseThrow();
    this.progress = progress;
    this.turn = turn;
    this.places = new CqlProgress(session, keyspace);
    this.values = Backfill.values(statement.text());
  }

  /// @param changeSchema does one statement and waits until the nodes agree
  void run(Consumer<String> changeSchema) {
    changeSchema.accept(places.createTable());
    readKey();
    write = session.prepare(Backfill.VALUE.matcher(statement.text()).replaceAll("?"));
    place = places.begin(step);
    if (place.token() != null) {
      progress.notice(
          "goes on with %s behind %,d rows of %s"
              .formatted(step.file(), place.rows(), backfill.table()));
    }
    began = System.nanoTime();
    rowsBefore = place.rows();
    for (int tries = 1; ; tries++) {
      Long from = place.token();
      try {
        walk();
        return;
      } catch (DriverException e) {
        boolean further = from == null ? place.token() != null : !from.equals(place.token());
        tries = further ? 1 : tries;
        if (tries == TRIES || !passing(e)) {
          throw e;
        }
        var pause = Duration.ofMillis(FIRST_PAUSE_MILLIS << (tries - 1));
        progress.retrying(
            "line %d: %s".formatted(statement.line(), e.getMessage()), tries, TRIES, pause);
        Attempts.sleep(pause);
      }
    }
  }

  /// What is wrong with the statement or the user's rights stays so.
  private static boolean passing(DriverException e) {
    Throwable said = e instanceof AllNodesFailedException all ? CqlErrors.firstOf(all) : e;
    return !(said instanceof QueryValidationException);
  }

  private void readKey() {
    var rows =
        session
            .execute(
                "SELECT column_name, kind, position FROM system_schema.columns"
                    + " WHERE keyspace_name = ? AND table_name = ?",
                keyspace,
                backfill.table())
            .all();
    if (rows.isEmpty()) {
      throw new UserError(
          "%s: line %d: a back-fill walks a table, and there is no %s.%s"
              .formatted(step.file(), statement.line(), keyspace, backfill.table()));
    }
    var partition = new TreeMap<Integer, String>();
    key = new HashSet<>();
    for (var row : rows) {
      String name = '"' + row.getString("column_name") + '"';
      if (row.getString("kind").equals("partition_key")) {
        partition.put(row.getInt("position"), name);
      }
      if (row.getInt("position") >= 0) { // -1 for what is no part of the key
        key.add(row.getString("column_name"));
      }
    }
    token = "token(%s)".formatted(String.join(", ", partition.values()));
  }

  private void walk() {
    last = null;
    var query =
        "SELECT %s, %s FROM %s.%s%s"
            .formatted(
                token,
                String.join(", ", values),
                keyspace,
                backfill.table(),
                place.token() == null ? "" : " WHERE %s > %d".formatted(token, place.token()));
    var page = SimpleStatement.newInstance(query).setPageSize(backfill.size()).setTimeout(limit());
    var rows = session.execute(page);
    do {
      long pageBegan = System.nanoTime();
      turn.accept(() -> page(rows));
      rest((System.nanoTime() - pageBegan) / 1_000_000);
    } while (rows.iterator().hasNext()); // which fetches the next page
  }

  /// How long an answer is waited for; null for as long as the session does.
  private Duration limit() {
    return step.directives().statementTimeout().orElse(null);
  }

  private void page(ResultSet rows) {
    var writes = new ArrayList<CompletableFuture<AsyncResultSet>>();
    Long whole = place.token();
    int count = rows.getAvailableWithoutFetching();
    for (int i = 0; i < count; i++) {
      var row = rows.one();
      long at = row.getLong(0);
      if (last != null && at != last) {
        whole = last; // of the newest one the next page may have more rows
      }
      last = at;
      var bound = bound(row);
      if (bound != null) {
        room.acquireUninterruptibly();
        writes.add(
            session
                .executeAsync(bound)
                .toCompletableFuture()
                .whenComplete((_, _) -> room.release()));
      }
    }
    try {
      CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof DriverException known) {
        throw known;
      }
      throw new EnvironmentError(step.file() + ": " + e.getCause().getMessage(), e);
    }
    place = places.reached(step, place, whole, place.rows() + count);
    progress.filled(step, place.rows(), estimate(whole));
  }

  /// Null for a row that is none: a partition that has only static columns.
  private BoundStatement bound(Row row) {
    var bound = write.boundStatementBuilder().setQueryTimestamp(place.begunMicros());
    for (int i = 0; i < values.size(); i++) {
      if (!row.isNull(i + 1)) {
        bound.setBytesUnsafe(i, row.getBytesUnsafe(i + 1));
      } else if (key.contains(values.get(i))) {
        return null;
      } // else it stays unset, which leaves what is there as it is: null would be a tombstone
    }
    return bound.setIdempotence(true).setTimeout(limit()).build();
  }

  private long estimate(Long token) {
    double share = token == null ? 0 : (token - (double) Long.MIN_VALUE) / TOKENS;
    return share <= 0 ? place.rows() : Math.max(place.rows(), (long) (place.rows() / share));
  }

  /// As long as the page took, so that half of what it uses is left to others.
  private void rest(long millis) {
    long restMillis = Math.min(millis, LONGEST_REST_MILLIS);
    if (backfill.rate() > 0) {
      long dueMillis = (place.rows() - rowsBefore) * 1_000 / backfill.rate();
      restMillis = Math.max(restMillis, dueMillis - (System.nanoTime() - began) / 1_000_000);
    }
    Attempts.sleep(Duration.ofMillis(restMillis));
  }
}
