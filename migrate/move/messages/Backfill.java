package migrate.move.messages;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import migrate.move.Move;
import migrate.move.MoveProgress;
import migrate.move.MoveTable;

/// Copies all conversations once, in ranges of their ids, several at a time. How far each range is
/// stands in the move's facts, so that another mover goes on there.
final class Backfill {
  /// Ranges: by the first half byte of ids, which are random.
  static final int RANGES = 16;

  /// At a time: enough that both databases are busy while one of them is waited for.
  private static final int WORKERS = 3;

  private static final int CONVERSATIONS = 100; // between two checkpoints
  private static final long BEAT_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final String DONE = "done";
  static final String SINCE = "copied since";

  private final MoveTable table;
  private final Places places;
  private final Copy copy;
  private final MoveProgress progress;
  private final AtomicInteger nextRange = new AtomicInteger();
  private final AtomicLong conversations = new AtomicLong();
  private final AtomicLong beatAt = new AtomicLong(System.nanoTime());

  Backfill(MoveTable table, Places places, Copy copy, MoveProgress progress) {
    this.table = table;
    this.places = places;
    this.copy = copy;
    this.progress = progress;
  }

  private static String fact(int range) {
    return "range %02d".formatted(range);
  }

  /// Copies what is not copied yet.
  void run(Move move) {
    if (table.fact(move.id(), SINCE).isEmpty()) {
      table.put(move.id(), SINCE, Instant.now().toString());
    }
    long begun = System.nanoTime();
    long all = places.count().getOrDefault(copy.from().place(), 0L);
    List<FutureTask<Void>> workers = new ArrayList<>();
    for (int i = 0; i < WORKERS; i++) {
      var worker = new FutureTask<Void>(() -> work(move, all), null);
      Thread.ofPlatform().daemon().name("copy-" + i).start(worker);
      workers.add(worker);
    }
    await(workers);
    progress.done("copying");
    double seconds = (System.nanoTime() - begun) / (double) TimeUnit.SECONDS.toNanos(1);
    String told =
        "%,d messages of %,d conversations, %,d bytes, in %.1f s: %,.0f messages/s"
            .formatted(
                copy.messages(),
                conversations.get(),
                copy.bytes(),
                seconds,
                copy.messages() / seconds);
    table.event(move.id(), "copied", told);
    progress.say("copied: " + told);
  }

  private static void await(List<FutureTask<Void>> workers) {
    RuntimeException failure = null;
    for (FutureTask<Void> worker : workers) {
      try {
        worker.get();
      } catch (ExecutionException e) {
        failure =
            e.getCause() instanceof RuntimeException known
                ? known
                : new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while copying", e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void work(Move move, long all) {
    for (int range = nextRange.getAndIncrement();
        range < RANGES;
        range = nextRange.getAndIncrement()) {
      copyRange(move, range, all);
    }
  }

  private void copyRange(Move move, int range, long all) {
    Optional<String> reached = Retrying.work(progress, () -> table.fact(move.id(), fact(range)));
    if (reached.equals(Optional.of(DONE))) {
      return;
    }
    UUID after = reached.map(UUID::fromString).orElse(range == 0 ? null : below(range));
    UUID last = below(range + 1);
    while (true) {
      UUID from = after;
      List<UUID> some =
          Retrying.work(
              progress, () -> places.next(copy.from().place(), from, last, CONVERSATIONS));
      if (some.isEmpty()) {
        break;
      }
      Retrying.work(progress, () -> copied(some));
      after = some.getLast();
      UUID done = after;
      Retrying.work(
          progress,
          () -> {
            beat(move);
            table.put(move.id(), fact(range), done.toString());
            return null;
          });
      progress.at("copying", conversations.addAndGet(some.size()), all, "conversations");
    }
    Retrying.work(
        progress,
        () -> {
          table.put(move.id(), fact(range), DONE);
          return null;
        });
  }

  private Void copied(List<UUID> some) {
    copy.logs(some);
    copy.cursors(some, Set.of());
    copy.receipts(some, Instant.EPOCH);
    return null;
  }

  /// Ends this mover if another has taken over.
  private void beat(Move move) {
    long last = beatAt.get();
    long now = System.nanoTime();
    if (now - last > BEAT_EVERY_NANOS && beatAt.compareAndSet(last, now)) {
      table.beat(move);
    }
  }

  /// The last id below those that begin with this half byte.
  private static UUID below(int range) {
    return new UUID(((long) range << 60) - 1, -1);
  }
}
