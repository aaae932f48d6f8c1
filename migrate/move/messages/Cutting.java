package migrate.move.messages;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import migrate.move.Move;
import migrate.move.MoveProgress;
import migrate.move.MoveTable;
import org.jooq.DSLContext;

/// Cuts conversations over, a batch after the other, as large as the pause allows.
final class Cutting {
  /// What people may notice of a batch; half of what a cut-over may take.
  private static final long AIMED_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(40);

  private static final int FIRST_BATCH = 5; // what is slow the first time keeps few waiting
  private static final int MOST_BATCH = 500;

  /// Between two batches, so that those who waited get on.
  private static final int REST_PART = 2;

  private final DSLContext dsl;
  private final MoveTable table;
  private final Move move;
  private final Copy copy;
  private final MoveProgress progress;
  private final CutOver cutOver;

  Cutting(DSLContext dsl, MoveTable table, Move move, Copy copy, MoveProgress progress) {
    this.dsl = dsl;
    this.table = table;
    this.move = move;
    this.copy = copy;
    this.progress = progress;
    this.cutOver =
        new CutOver(
            dsl,
            copy,
            table.fact(move.id(), Backfill.SINCE).map(Instant::parse).orElse(Instant.EPOCH));
  }

  /// Moves until so many percent of the conversations are in the new store.
  ///
  /// @return whether all of them are
  boolean share(int percent) {
    var pauses = new Pauses();
    Places places = new Places(dsl);
    Map<Place, Long> counts = Retrying.work(progress, places::count);
    long all = counts.get(Place.POSTGRES) + counts.get(Place.CQL);
    long moved = counts.get(copy.to().place());
    long wanted = Math.ceilDiv(all * percent, 100);
    late(places);
    int batch = FIRST_BATCH;
    long held = 0;
    UUID after = null;
    while (percent == 100 || moved < wanted) {
      UUID from = after;
      long left = percent == 100 ? MOST_BATCH : wanted - moved;
      int most = (int) Math.min(batch, left);
      List<UUID> some =
          Retrying.work(progress, () -> places.next(copy.from().place(), from, null, most));
      if (some.isEmpty() && (after == null || percent < 100)) {
        break;
      }
      if (some.isEmpty()) { // those that were made meanwhile
        after = null;
        awaitOldTransactions();
        continue;
      }
      CutOver.Cut cut = Retrying.work(progress, () -> cut(some));
      after = some.getLast();
      moved += cut.held();
      held += cut.held();
      pauses.record(cut.pauseNanos());
      progress.at("cutting over", Math.min(moved, all), all, "conversations");
      batch = next(batch, cut.pauseNanos());
      rest(cut.pauseNanos());
    }
    progress.done("cutting over");
    if (pauses.count() > 0) {
      table.put(move.id(), MessagesMove.TOLD + "pause", pauses.toString());
      progress.say("cut over: %,d conversations in %s".formatted(held, pauses));
      table.event(move.id(), "cut over", "%,d conversations in %s".formatted(held, pauses));
    }
    counts = Retrying.work(progress, places::count);
    return counts.get(copy.from().place()) == 0;
  }

  private CutOver.Cut cut(List<UUID> some) {
    table.beat(move);
    return cutOver.cut(some);
  }

  private static int next(int batch, long pauseNanos) {
    if (pauseNanos > AIMED_PAUSE_NANOS) {
      return Math.max(1, batch / 2);
    }
    return pauseNanos < AIMED_PAUSE_NANOS / 2 ? Math.min(MOST_BATCH, batch * 3 / 2 + 1) : batch;
  }

  private static void rest(long pauseNanos) {
    LockSupport.parkNanos(Math.min(pauseNanos, AIMED_PAUSE_NANOS) / REST_PART);
  }

  /// What a mover that was broken off had cut over and not looked at again.
  private void late(Places places) {
    UUID after = null;
    while (true) {
      UUID from = after;
      List<UUID> some =
          Retrying.work(progress, () -> places.next(copy.to().place(), from, null, MOST_BATCH));
      if (some.isEmpty()) {
        return;
      }
      Retrying.work(
          progress,
          () -> {
            cutOver.late(some);
            return null;
          });
      after = some.getLast();
    }
  }

  /// A conversation that is being made where they were made before shows when its transaction ends:
  /// those that are open now are waited for.
  private void awaitOldTransactions() {
    long newest = dsl.fetchSingle("SELECT pg_current_xact_id()::text::bigint").get(0, long.class);
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(MAX_TRANSACTION_SECONDS);
    while (System.nanoTime() < until
        && dsl.fetchSingle("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
                .get(0, long.class)
            < newest) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  /// A server's statement takes 5 s at most, and a transaction of it is not idle for longer.
  private static final long MAX_TRANSACTION_SECONDS = 15;

  /// How long sends into the conversations of each batch waited at most.
  private static final class Pauses {
    private final List<Long> nanos = new ArrayList<>();

    void record(long pauseNanos) {
      nanos.add(pauseNanos);
    }

    int count() {
      return nanos.size();
    }

    private double millis(double part) {
      List<Long> sorted = nanos.stream().sorted().toList();
      return CutOver.millis(sorted.get((int) Math.min(sorted.size() - 1, part * sorted.size())));
    }

    @Override
    public String toString() {
      return "%d batches, pause p50 %.1f ms, p99 %.1f ms, most %.1f ms"
          .formatted(count(), millis(0.5), millis(0.99), millis(1));
    }
  }
}
