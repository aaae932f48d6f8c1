package migrate.move.postgres;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import migrate.move.MoveSample;

/// Measures again and again what a small commit costs at the source: what its users feel of the
/// move. Thread-safe.
final class Probe {
  private static final int MILLIS = 100; // between two, so the report has one for each
  private static final int MOST = 600_000; // kept: 17 hours
  private static final int ENOUGH = 9; // for a median

  private final List<MoveSample> samples = new ArrayList<>(); // guarded by itself
  private volatile Pace pace; // null: nobody wants to know

  /// Begins, until what it returns is closed.
  Repeated start(Session source, UUID move) {
    return Repeated.every(MILLIS, source, session -> take(session, move));
  }

  private void take(Session session, UUID move) {
    Instant at = Instant.now();
    long began = System.nanoTime();
    session
        .dsl()
        .execute(
            "INSERT INTO move_marks (move_id, mark) VALUES (?, 0) ON CONFLICT (move_id, mark)"
                + " DO UPDATE SET mark = 0",
            move);
    long nanos = System.nanoTime() - began;
    synchronized (samples) {
      if (samples.size() < MOST) {
        samples.add(new MoveSample(at, nanos));
      }
    }
    Pace told = pace;
    if (told != null) {
      told.probed(nanos);
    }
  }

  /// Tells this pace of each, from now on; null for nobody.
  void tell(Pace listener) {
    pace = listener;
  }

  List<MoveSample> samples() {
    synchronized (samples) {
      return List.copyOf(samples);
    }
  }

  /// The median of the newest ones, when there are some; waits for them for a moment.
  long median() {
    for (int i = 0; i < ENOUGH && samples().size() < ENOUGH; i++) {
      Pause.millis(MILLIS);
    }
    List<MoveSample> all = samples();
    long[] newest =
        all.subList(Math.max(0, all.size() - ENOUGH), all.size()).stream()
            .mapToLong(MoveSample::nanos)
            .toArray();
    Arrays.sort(newest);
    return newest.length == 0 ? 0 : newest[newest.length / 2];
  }
}
