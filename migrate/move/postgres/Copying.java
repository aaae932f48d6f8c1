package migrate.move.postgres;

import fixtures.urls.EnvironmentError;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import migrate.move.FailPoint;
import migrate.move.MoveProgress;
import migrate.move.MoveTable;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.copy.CopyOut;
import org.postgresql.core.BaseConnection;

/// Copies the rows that a snapshot shows, range by range and several at once, in PostgreSQL's
/// binary form; then builds indexes, keys and references, several at once, too.
///
/// A range is a part of a table's pages. That it is done is written in the transaction that writes
/// its rows, so that a range is in the target once or not at all, whatever is killed.
final class Copying {
  /// Some 16 MB: long enough to hide the round trips, short enough to be lost.
  private static final long PAGES = 2_048;

  /// A message for each row costs more than the row; this much is sent at once.
  private static final int CHUNK_BYTES = 256 * 1024;

  /// Of sorting for an index: beyond the default of 64 MB, and several times below small machines.
  private static final String BUILDING =
      "SET synchronous_commit = off; SET maintenance_work_mem = '256MB';"
          + " SET max_parallel_maintenance_workers = 2";

  private record Range(Table table, long number, long from, long to) {}

  private final Session source;
  private final Session target;
  private final UUID move;
  private final int workers;
  private final Pace pace;
  private final MoveProgress progress;
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong rows = new AtomicLong();

  Copying(
      Session source, Session target, UUID move, int workers, Pace pace, MoveProgress progress) {
    this.source = source;
    this.target = target;
    this.move = move;
    this.workers = workers;
    this.pace = pace;
    this.progress = progress;
  }

  long bytes() {
    return bytes.get();
  }

  long rows() {
    return rows.get();
  }

  /// Copies all ranges that are not done.
  ///
  /// @param snapshot that sees the source; its holder must stay
  void copy(String snapshot, List<Table> tables) {
    var done = new java.util.HashSet<String>();
    target
        .dsl()
        .fetch(
            "SELECT part, range_no, byte_count, row_count FROM move_ranges WHERE move_id = ?", move)
        .forEach(row -> {
          done.add(row.get(0, String.class) + " " + row.get(1, long.class));
          bytes.addAndGet(row.get(2, long.class));
          rows.addAndGet(row.get(3, long.class));
        });
    var ranges = new ConcurrentLinkedQueue<Range>();
    long all = 0;
    for (Table table : tables) {
      all += table.bytes();
      // Without an end: what was added to the table since its size was asked for is not in the
      // snapshot, but what fills its last page may be.
      for (long from = 0, n = 0; from == 0 || from < table.pages(); from += PAGES, n++) {
        long to = from + PAGES < table.pages() ? from + PAGES : Long.MAX_VALUE;
        if (!done.contains(table.name() + " " + n)) {
          ranges.add(new Range(table, n, from, to));
        }
      }
    }
    long total = all;
    inParallel(
        workers,
        () -> {
          try (var from = Snapshot.view(source.url(), snapshot);
              var to = target.another()) {
            to.dsl().execute("SET synchronous_commit = off");
            to.connection().setAutoCommit(false);
            for (Range range; (range = ranges.poll()) != null; ) {
              copy(range, from, to);
              progress.at("copy", bytes.get(), total, "B");
            }
            return null;
          }
        });
    progress.done("copy");
  }

  private void copy(Range range, Session from, Session to) throws SQLException {
    Table table = range.table;
    String upper = range.to == Long.MAX_VALUE ? "" : " AND ctid < '(" + range.to + ",0)'";
    String out =
        "COPY (SELECT %s FROM ONLY %s WHERE ctid >= '(%d,0)'%s) TO STDOUT (FORMAT binary)"
            .formatted(table.columnList(), table.name(), range.from, upper);
    String in =
        "COPY %s (%s) FROM STDIN (FORMAT binary)".formatted(table.name(), table.columnList());
    CopyOut reading = copies(from).copyOut(out);
    CopyIn writing = copies(to).copyIn(in);
    long moved = 0;
    try {
      byte[] chunk = new byte[CHUNK_BYTES];
      int filled = 0;
      for (byte[] row; (row = reading.readFromCopy()) != null; ) {
        if (filled + row.length > chunk.length) {
          writing.writeToCopy(chunk, 0, filled);
          moved += filled;
          pace.spent(filled);
          filled = 0;
        }
        if (row.length > chunk.length) {
          writing.writeToCopy(row, 0, row.length);
          moved += row.length;
          pace.spent(row.length);
        } else {
          System.arraycopy(row, 0, chunk, filled, row.length);
          filled += row.length;
        }
      }
      writing.writeToCopy(chunk, 0, filled);
      moved += filled;
      long copied = writing.endCopy();
      try (var note =
          to.connection()
              .prepareStatement(
                  "INSERT INTO move_ranges (move_id, part, range_no, row_count, byte_count)"
                      + " VALUES (?, ?, ?, ?, ?)")) {
        note.setObject(1, move);
        note.setString(2, table.name());
        note.setLong(3, range.number);
        note.setLong(4, copied);
        note.setLong(5, moved);
        note.executeUpdate();
      }
      to.connection().commit();
      rows.addAndGet(copied);
      bytes.addAndGet(moved);
      FailPoint.pass("copy-range");
    } finally {
      if (writing.isActive()) {
        writing.cancelCopy();
      }
      if (reading.isActive()) {
        reading.cancelCopy();
      }
    }
  }

  private static CopyManager copies(Session session) throws SQLException {
    return new CopyManager(session.connection().unwrap(BaseConnection.class));
  }

  /// Builds what was left out, and gathers what the planner needs.
  void build(List<Table> tables) {
    var facts = new MoveTable(target.dsl());
    int left = TargetSchema.rounds(facts, move).stream().mapToInt(List::size).sum() + tables.size();
    int all = left;
    var done = new AtomicLong();
    for (int round = 0; round < TargetSchema.rounds(facts, move).size(); round++) {
      var names = new ConcurrentLinkedQueue<>(TargetSchema.rounds(facts, move).get(round));
      inParallel(
          Math.min(workers, Math.max(1, names.size())),
          () -> {
            try (var session = target.another()) {
              session.dsl().execute(BUILDING);
              for (String name; (name = names.poll()) != null; ) {
                TargetSchema.build(session, move, name);
                progress.at("build", done.incrementAndGet(), all, "");
                FailPoint.pass("build");
              }
              return null;
            }
          });
    }
    var analysed = new ConcurrentLinkedQueue<>(tables);
    inParallel(
        workers,
        () -> {
          try (var session = target.another()) {
            for (Table table; (table = analysed.poll()) != null; ) {
              session.dsl().execute("ANALYZE " + table.name());
              progress.at("build", done.incrementAndGet(), all, "");
            }
            return null;
          }
        });
    progress.done("build");
  }

  /// Does the same several times at once; the first failure is thrown, when all have ended.
  static void inParallel(int times, Callable<Void> work) {
    inParallel(Collections.nCopies(times, work));
  }

  static <T> List<T> inParallel(List<Callable<T>> works) {
    try (var executor = Executors.newFixedThreadPool(works.size(), Copying::worker)) {
      List<T> results = new ArrayList<>();
      RuntimeException failure = null;
      for (Future<T> future : executor.invokeAll(works)) {
        try {
          results.add(future.get());
        } catch (ExecutionException e) {
          failure = failure == null ? failed(e.getCause()) : failure;
        }
      }
      if (failure != null) {
        throw failure;
      }
      return results;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EnvironmentError("interrupted: --resume goes on", e);
    }
  }

  private static Thread worker(Runnable work) {
    return Thread.ofPlatform().daemon().name("vyry-move").unstarted(work);
  }

  private static RuntimeException failed(Throwable cause) {
    return cause instanceof RuntimeException e
        ? e
        : new EnvironmentError("the copy failed: " + cause.getMessage(), cause);
  }
}
