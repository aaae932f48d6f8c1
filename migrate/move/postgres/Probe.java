package migrate.move.postgres;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import migrate.move.MoveSample;

/// Measures again and again what a small commit costs at the source: what its users feel of the
/// move. Thread-safe.
final class Probe {
  private static final int MILLIS = 50; // between two: the report has some for each 100
  private static final int MOST = 1_200_000; // kept: 17 hours
  private static final int ENOUGH = 20; // to know what a slow one takes: a second of them

  /// Written and flushed like a row, but in no table: what is replicated must come from those who
  /// are measured.
  private static final String COMMIT = "SELECT pg_logical_emit_message(true, 'vyry', '')";

  private final List<MoveSample> samples = new ArrayList<>(); // guarded by itself
  private volatile Pace pace; // null: nobody wants to know
  private volatile boolean running;
  private long[] calm; // how long they took while nothing was copied; null: not known

  /// Begins, until what it returns is closed.
  Repeated start(Session source) {
    running = true;
    return Repeated.every(MILLIS, source, this::take);
  }

  private void take(Session session) {
    Instant at = Instant.now();
    long began = System.nanoTime();
    session.dsl().execute(COMMIT);
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

  /// Has this pace give way to people from now on: it is told of each probe, and what they took
  /// before the first such work began. Waits for enough of them, for a moment; does nothing while
  /// none are taken.
  void pace(Pace listener) {
    if (calm == null && running) {
      calm = newest();
    }
    if (calm != null) {
      listener.before(calm);
      pace = listener;
    }
  }

  /// What was slowed down is over.
  void release() {
    pace = null;
  }

  List<MoveSample> samples() {
    synchronized (samples) {
      return List.copyOf(samples);
    }
  }

  private long[] newest() {
    for (int i = 0; i < 2 * ENOUGH && samples().size() < ENOUGH; i++) {
      Pause.millis(MILLIS);
    }
    List<MoveSample> all = samples();
    return all.subList(Math.max(0, all.size() - ENOUGH), all.size()).stream()
        .mapToLong(MoveSample::nanos)
        .toArray();
  }
}
