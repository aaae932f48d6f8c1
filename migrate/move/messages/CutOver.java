package migrate.move.messages;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import migrate.move.FailPoint;
import org.jooq.DSLContext;

/// Moves conversations from one store to the other, some at a time, while people write in them.
///
/// The commit point is a transaction that holds the conversations' rows: appends into PostgreSQL
/// take these rows, and appends into CQL are judged by what is read from them, again after each
/// fence in the log. So nothing is stored in the old store after the last message that is copied,
/// and whoever comes later is told that the log is elsewhere. What fails before the commit leaves
/// them where they were; the copies are only part of what comes again.
///
/// For one thread.
final class CutOver {
  /// Receipts that were being written while a copy read: a statement lives 5 s.
  private static final Duration WRITING = Duration.ofSeconds(15);

  /// Batches, in which all parts of the log come up; there are sixteen.
  private static final int REHEARSALS = 8;

  private final DSLContext control;
  private final Copy copy;
  private final Instant copiedSince;
  private int rehearsed; // batches

  /// @param control the PostgreSQL that has the conversations; its transactions end by themselves
  ///   when this process stands still
  /// @param copiedSince when their receipts were copied, or earlier
  CutOver(DSLContext control, Copy copy, Instant copiedSince) {
    this.control = control;
    this.copy = copy;
    this.copiedSince = copiedSince;
  }

  /// What a cut was.
  ///
  /// @param pauseNanos how long sends into these conversations waited at most
  /// @param held how many of them were moved: those that were in the old store
  record Cut(int held, long pauseNanos) {}

  /// Moves these.
  Cut cut(List<UUID> conversations) {
    copy.logs(conversations);
    Set<StoredCursor> cursors = copy.cursors(conversations, Set.of());
    copy.receipts(conversations, copiedSince.minus(WRITING));
    rehearse(conversations);
    Instant begun = Instant.now();
    long[] nanos = new long[1];
    Set<StoredCursor> seen = new HashSet<>(cursors);
    Map<UUID, Long> heads =
        control.transactionResult(transaction -> {
          Places places = new Places(transaction.dsl());
          List<Places.Held> held = places.hold(conversations, copy.from().place());
          nanos[0] = System.nanoTime();
          FailPoint.pass("rows-held");
          Map<UUID, Long> ends = heads(held);
          if (!ends.isEmpty()) {
            Map<UUID, MessageSide.Head> copied = copy.tails(ends);
            if (copy.to().place() == Place.CQL && !copied.isEmpty()) {
              copy.to().complete(copied); // PostgreSQL's heads are in the rows that are held
            }
            seen.addAll(copy.cursors(ends.keySet(), seen));
            places.settle(ends, copy.to().place());
          }
          FailPoint.pass("rows-settled");
          return ends;
        });
    long pause = System.nanoTime() - nanos[0];
    FailPoint.pass("rows-cut");
    late(heads.keySet(), seen, begun);
    return new Cut(heads.size(), pause);
  }

  /// The first fence in each part of the log looks for its end, and loads classes: before anybody
  /// waits. One more changes nothing.
  private void rehearse(List<UUID> conversations) {
    if (rehearsed < REHEARSALS && copy.from().place() == Place.CQL) {
      copy.from().fence(conversations);
      rehearsed++;
    }
  }

  private Map<UUID, Long> heads(List<Places.Held> held) {
    Map<UUID, Long> heads = new HashMap<>();
    if (copy.from().place() == Place.POSTGRES) {
      held.forEach(row -> heads.put(row.conversationId(), row.lastSeq()));
    } else if (!held.isEmpty()) {
      heads.putAll(copy.from().fence(held.stream().map(Places.Held::conversationId).toList()));
    }
    return heads;
  }

  /// Cursors take no lock: a node that asked for the place just before the cut may have raised one
  /// in the old store since it was read.
  private void late(Set<UUID> moved, Set<StoredCursor> seen, Instant begun) {
    if (!moved.isEmpty()) {
      copy.cursors(moved, seen);
      copy.receipts(moved, begun.minus(WRITING));
    }
  }

  /// For a move that was broken off between a cut and the look for what came late.
  void late(List<UUID> moved) {
    late(new HashSet<>(moved), Set.of(), copiedSince);
  }

  static double millis(long nanos) {
    return nanos / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }
}
