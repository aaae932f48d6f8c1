package migrate.move.postgres;

import fixtures.urls.EnvironmentError;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import migrate.move.FailPoint;
import migrate.move.Move;
import migrate.move.MoveProgress;
import migrate.move.MoveTable;

/// Fills the target with what a snapshot of the source shows, and builds what was left out.
///
/// The snapshot is held by a process of its own, so that a mover that was killed is followed by one
/// that copies only the ranges that are missing. When that is gone too, all is copied again from a
/// new one: two snapshots are never mixed.
record Filling(
    Session source,
    Session target,
    Move move,
    Feed forth,
    PostgresMoveOptions options,
    Probe probe,
    MoveProgress progress) {
  private static final String SNAPSHOT = "snapshot"; // its name, while it may be used
  private static final String COPIED = "copied";

  void run() {
    var moves = new MoveTable(target.dsl());
    UUID id = move.id();
    if (moves.fact(id, COPIED).isEmpty()) {
      copy(moves, id);
    }
    if (!forth.whole()) {
      throw new EnvironmentError(
          "what was noted of changes at the source is gone, and the target needs it: --abort, and"
              + " begin again");
    }
    FailPoint.pass("copied");
    long began = System.nanoTime();
    // Where both databases share a machine, building would take all of it.
    int builders = inUse(source) ? 1 : options.workers();
    new Copying(source, target, id, builders, new Pace(0), progress).build(Table.of(source.dsl()));
    String line = "built indexes and keys in %.1f s".formatted((System.nanoTime() - began) / 1e9);
    progress.say(line);
    moves.event(id, "built", line);
  }

  private void copy(MoveTable moves, UUID id) {
    String snapshot = moves.fact(id, SNAPSHOT).filter(this::usable).orElse(null);
    if (snapshot == null) {
      snapshot = begin(moves, id);
    } else {
      progress.say("the snapshot of the copy that was broken off is still there: gone on with");
    }
    long began = System.nanoTime();
    var pace = new Pace(options.bytesPerSecond());
    var copying = new Copying(source, target, id, options.workers(), pace, progress);
    if (inUse(source)) { // else there is nobody to be spared
      probe.pace(pace);
    }
    try {
      copying.copy(snapshot, Table.of(source.dsl()));
    } finally {
      probe.release();
    }
    moves.put(id, COPIED, "yes"); // which also ends the snapshot's holder
    double seconds = (System.nanoTime() - began) / 1e9;
    String line =
        "copied %,d rows, %,d MB in %.1f s: %,.0f MB/s"
            .formatted(
                copying.rows(),
                copying.bytes() / 1_000_000,
                seconds,
                copying.bytes() / 1e6 / seconds);
    progress.say(line);
    moves.event(id, "copied", line);
  }

  /// Whether others are connected.
  static boolean inUse(Session side) {
    return side.number(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                + " AND backend_type = 'client backend' AND application_name NOT LIKE 'vyry move%'")
        > 0;
  }

  private boolean usable(String snapshot) {
    try (var _ = Snapshot.view(source.url(), snapshot)) {
      return forth.whole();
    } catch (EnvironmentError _) {
      return false;
    }
  }

  private String begin(MoveTable moves, UUID id) {
    if (target.number("SELECT count(*) FROM move_ranges WHERE move_id = ?", id) > 0) {
      progress.say("the snapshot of the copy that was broken off is gone: all is copied again");
    }
    List<Table> tables = Table.of(source.dsl());
    target
        .dsl()
        .transaction(configuration -> {
          var dsl = configuration.dsl();
          dsl.execute(
              "TRUNCATE " + tables.stream().map(Table::name).collect(Collectors.joining(", ")));
          dsl.execute("DELETE FROM move_ranges WHERE move_id = ?", id);
        });
    Snapshot taken = forth.take(id);
    moves.put(id, SNAPSHOT, taken.name());
    moves.event(id, SNAPSHOT, taken.lsn());
    FailPoint.pass(SNAPSHOT);
    return taken.name();
  }
}
