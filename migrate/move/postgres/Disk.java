package migrate.move.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import migrate.move.Obstacle;
import org.jooq.exception.DataAccessException;

/// Whether there is room for a move: for the copy at the target, for what is written meanwhile at
/// the source, which keeps it until the target has it.
///
/// SQL does not tell how much room is left. Where a database is on this machine, its folder does.
final class Disk {
  private static final double MB = 1e6;
  private static final double ROOM = 1.5; // of what arrives: sorting for indexes, and WAL

  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1");

  /// Long enough for some commits of a busy system, short enough to be waited for.
  private static final int SAMPLE_MILLIS = 500;

  /// What a copy makes of a database in a second, its indexes included, when it gives way to
  /// others: several times less than at full speed.
  private static final double COPIED_A_SECOND = 10e6;

  private final Session source;
  private final Session target;
  private final List<Obstacle> found = new ArrayList<>();

  Disk(Session source, Session target) {
    this.source = source;
    this.target = target;
  }

  /// @param keepsWal whether what is written is followed by replication
  List<Obstacle> run(boolean keepsWal) {
    double bytes = Preflight.bytes(source, "pg_total_relation_size");
    check(target, "the copy, its indexes and its WAL need about", bytes * ROOM);
    if (keepsWal) {
      double seconds = bytes / COPIED_A_SECOND;
      check(
          source,
          "at the present rate of writes the WAL that is kept until the copy is done needs up to",
          walBytesPerSecond() * seconds * ROOM);
    }
    return found;
  }

  private void check(Session side, String what, double needed) {
    OptionalLong free = free(side);
    String need = "%s %,.0f MB".formatted(what, needed / MB);
    if (free.isPresent() && free.getAsLong() < needed) {
      found.add(
          new Obstacle(
              true,
              "the %s's disk has %,.0f MB left".formatted(side.side(), free.getAsLong() / MB),
              need));
    } else if (free.isEmpty()) {
      found.add(
          new Obstacle(
              false,
              "how much room the %s's disk has can't be seen from here".formatted(side.side()),
              need));
    }
  }

  private static OptionalLong free(Session side) {
    if (!side.url().hosts().stream().allMatch(host -> LOOPBACK.contains(host.host()))) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(
          Files.getFileStore(Path.of(side.text("SHOW data_directory"))).getUsableSpace());
    } catch (DataAccessException | IOException _) {
      return OptionalLong.empty(); // somebody else's folder, or in a container
    }
  }

  private double walBytesPerSecond() {
    String place = source.text("SELECT pg_current_wal_insert_lsn()::text");
    Pause.millis(SAMPLE_MILLIS);
    long written = source.number("SELECT (pg_current_wal_insert_lsn() - ?::pg_lsn)::bigint", place);
    return written * 1_000.0 / SAMPLE_MILLIS;
  }
}
