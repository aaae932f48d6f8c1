package ci.smoke;

import fixtures.urls.PostgresUrl;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import migrate.schema.Dialect;
import migrate.schema.Schema;
import migrate.schema.Steps;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SynchronizedHistogram;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/// Measures how long writes to a large table take while its schema is changed: with the statement
/// that one would write first, and with a step of ours. Somebody reads the table in a transaction
/// of a few seconds when each change begins, as reports do.
///
/// The writers keep to a schedule, whatever the answers take, and latency counts from the moment
/// when a write was due: who waits behind a lock holds up all that was due meanwhile.
public final class WriteLatency {
  private static final int WRITERS = 8;
  private static final int WRITES_PER_SECOND = 100; // altogether; far from what the table can take
  private static final Duration LEAD = Duration.ofMillis(500); // the reader is there by then
  private static final Duration READER = Duration.ofSeconds(3);
  private static final Duration AFTER = Duration.ofSeconds(1); // what was held up ends in it
  private static final Duration QUIET = Duration.ofSeconds(8); // how long nothing is changed
  private static final long HIGHEST_MICROS = TimeUnit.HOURS.toMicros(1);
  private static final int DIGITS = 3;

  /// What is changed; each way works on things of its own, so that both find the same.
  enum Change {
    NOTHING("nothing", "SELECT 1", "", "SELECT 1"),
    COLUMN("add a column", "ALTER TABLE busy ADD c1 int", "", "ALTER TABLE busy ADD c2 int"),
    CONSTRAINT(
        "add a constraint",
        "ALTER TABLE busy ADD CONSTRAINT positive1 CHECK (n >= 0)",
        "-- @no-transaction\n",
        "ALTER TABLE busy ADD CONSTRAINT positive2 CHECK (n >= 0) NOT VALID;"
            + " ALTER TABLE busy VALIDATE CONSTRAINT positive2"),
    INDEX(
        "add an index",
        "CREATE INDEX busy1 ON busy (n)",
        "-- @no-transaction\n",
        "CREATE INDEX CONCURRENTLY busy2 ON busy (n)"),
    FILL(
        "fill a column",
        "UPDATE busy SET f1 = id",
        "-- @backfill table=busy size=5000\n",
        "UPDATE busy SET f2 = id WHERE {batch}");

    final String text;
    final String plain;
    final String directives;
    final String step;

    Change(String text, String plain, String directives, String step) {
      this.text = text;
      this.plain = plain;
      this.directives = directives;
      this.step = step;
    }
  }

  /// What the writes took while a change was made in one way.
  ///
  /// @param seconds how long the change took
  /// @param failed writes that gave an error
  public record Row(
      String change,
      String way,
      double seconds,
      long writes,
      long failed,
      double p50Millis,
      double p99Millis,
      double maxMillis) {
    /// One line for people, under [#head()].
    public String line() {
      return "%-17s %-6s %8.1f %8d %7d %9.1f %9.1f %10.1f"
          .formatted(change, way, seconds, writes, failed, p50Millis, p99Millis, maxMillis);
    }

    public static String head() {
      return "%-17s %-6s %8s %8s %7s %9s %9s %10s"
          .formatted("change", "way", "took s", "writes", "failed", "p50 ms", "p99 ms", "max ms");
    }
  }

  private final PostgresScratch scratch;
  private final int rows;
  private final AtomicReference<Histogram> current = new AtomicReference<>();
  private final AtomicReference<long[]> failed = new AtomicReference<>(new long[1]);
  private volatile boolean closed;

  private WriteLatency(PostgresScratch scratch, int rows) {
    this.scratch = scratch;
    this.rows = rows;
  }

  /// Makes all changes in both ways, on a table of so many rows in a database of its own.
  ///
  /// @param done told of each as it ends
  public static void measure(PostgresUrl server, int rows, Consumer<Row> done)
      throws SQLException, InterruptedException {
    try (var scratch = PostgresScratch.beside(server)) {
      new WriteLatency(scratch, rows).run(done);
    }
  }

  private void run(Consumer<Row> done) throws SQLException, InterruptedException {
    var dsl = scratch.dsl();
    dsl.execute("CREATE TABLE busy (id bigint PRIMARY KEY, n int NOT NULL, f1 bigint, f2 bigint)");
    dsl.execute("INSERT INTO busy SELECT i, i % 1000 FROM generate_series(1, ?) i", rows);
    var writers = new ArrayList<Thread>();
    try {
      for (int i = 0; i < WRITERS; i++) {
        long offset = i;
        writers.add(Thread.ofPlatform().daemon().start(() -> write(offset)));
      }
      int version = 0;
      for (var change : Change.values()) {
        version++;
        var steps = step(version, change);
        prepare(dsl);
        done.accept(measured(change, "plain", () -> dsl.execute(change.plain)));
        if (change != Change.NOTHING) {
          prepare(dsl);
          done.accept(
              measured(change, "ours", () -> Schema.postgres(steps).up(scratch.dataSource())));
        }
      }
    } finally {
      closed = true;
      for (var writer : writers) {
        writer.join();
      }
    }
  }

  private static void prepare(DSLContext dsl) {
    dsl.execute("VACUUM (ANALYZE) busy");
    dsl.execute("CHECKPOINT");
  }

  private final Map<String, String> files = new TreeMap<>();

  private Steps step(int version, Change change) {
    files.put(
        "%04d_s.sql".formatted(version),
        "-- S.\n%s-- up\n%s;\n".formatted(change.directives, change.step));
    return Steps.of(Dialect.POSTGRES, files);
  }

  private Row measured(Change change, String way, Runnable work)
      throws SQLException, InterruptedException {
    var histogram = new SynchronizedHistogram(HIGHEST_MICROS, DIGITS);
    var failures = new long[1];
    double seconds;
    try (var reading = scratch.dataSource().getConnection()) {
      var reader = read(reading);
      TimeUnit.NANOSECONDS.sleep(LEAD.toNanos());
      failed.set(failures);
      current.set(histogram);
      long began = System.nanoTime();
      work.run();
      seconds = (System.nanoTime() - began) / 1e9;
      TimeUnit.NANOSECONDS.sleep((change == Change.NOTHING ? QUIET : AFTER).toNanos());
      reader.join();
    }
    current.set(null);
    synchronized (failures) {
      return new Row(
          change.text,
          way,
          seconds,
          histogram.getTotalCount(),
          failures[0],
          histogram.getValueAtPercentile(50) / 1e3,
          histogram.getValueAtPercentile(99) / 1e3,
          histogram.getMaxValue() / 1e3);
    }
  }

  /// Reads one row in a transaction that lasts.
  private static Thread read(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    var dsl = DSL.using(connection, SQLDialect.POSTGRES);
    dsl.fetch("SELECT * FROM busy LIMIT 1");
    return Thread.ofPlatform()
        .daemon()
        .start(() -> {
          LockSupport.parkNanos(READER.toNanos());
          dsl.execute("COMMIT");
        });
  }

  private void write(long number) {
    long periodNanos = TimeUnit.SECONDS.toNanos(1) * WRITERS / WRITES_PER_SECOND;
    try (var connection = scratch.dataSource().getConnection();
        var update = connection.prepareStatement("UPDATE busy SET n = n + 1 WHERE id = ?")) {
      long due = System.nanoTime() + number * periodNanos / WRITERS;
      while (!closed) {
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        var histogram = current.get();
        if (histogram == null) {
          due = Math.max(due, System.nanoTime()); // what one way held up is not the next one's
        }
        var failures = failed.get();
        try {
          update.setLong(1, ThreadLocalRandom.current().nextLong(1, rows + 1L));
          update.executeUpdate();
        } catch (SQLException _) {
          synchronized (failures) {
            failures[0]++;
          }
        }
        if (histogram != null) {
          histogram.recordValue(Math.max(0, (System.nanoTime() - due) / 1_000));
        }
        due += periodNanos;
      }
    } catch (SQLException e) {
      throw new IllegalStateException("a writer lost its session", e);
    }
  }
}
