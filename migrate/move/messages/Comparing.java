package migrate.move.messages;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import migrate.move.MoveProgress;
import migrate.move.messages.LogComparison.Difference;

/// Compares all conversations of both stores, mends what differs if it is told to, and tells.
final class Comparing {
  private static final int CONVERSATIONS = 100; // at a time

  /// Differences that are told one by one; beyond them only their number.
  private static final int MAX_TOLD = 50;

  private final Places places;
  private final MessageSide from;
  private final MessageSide to;
  private final MoveProgress progress;
  private final Copy copy;
  private final LogComparison comparison;
  private long ranges;
  private long messages;
  private long differences;
  private long mended;

  Comparing(Places places, MessageSide from, MessageSide to, MoveProgress progress) {
    this.places = places;
    this.from = from;
    this.to = to;
    this.progress = progress;
    this.copy = new Copy(from, to, new Throttle(0, false, () -> 0));
    this.comparison = new LogComparison(from, to);
  }

  /// Compares what both stores should have: the logs that are still in the old store up to their
  /// ends, which are copied first, and those that were cut over up to where that was.
  ///
  /// @return whether they are alike, at the end
  boolean run(boolean mend) {
    Map<Place, Long> counts = places.count();
    long all = counts.get(Place.POSTGRES) + counts.get(Place.CQL);
    long done = 0;
    boolean alike = true;
    for (Place where : Place.values()) {
      UUID after = null;
      while (true) {
        UUID last = after;
        List<UUID> some =
            Retrying.work(progress, () -> places.next(where, last, null, CONVERSATIONS));
        if (some.isEmpty()) {
          break;
        }
        alike &= Retrying.work(progress, () -> alike(some, where == from.place(), mend));
        after = some.getLast();
        done += some.size();
        progress.at("comparing", Math.min(done, all), all, "conversations");
      }
    }
    progress.done("comparing");
    progress.say(this.toString());
    return alike;
  }

  private boolean alike(List<UUID> some, boolean living, boolean mend) {
    Map<UUID, Long> upTo = from.heads(some);
    if (living) {
      copy.logs(some);
    }
    // Those of the old store go on rising while it lives, and are dead after that.
    Set<StoredCursor> cursors =
        living ? copy.cursors(some, Set.of()) : new HashSet<>(from.cursors(some));
    List<Difference> found = new ArrayList<>();
    LogComparison.Compared compared = comparison.compare(upTo, cursors, found::add);
    ranges += compared.ranges();
    messages += compared.messages();
    if (found.isEmpty()) {
      return true;
    }
    for (Difference difference : found) {
      if (differences++ < MAX_TOLD) {
        progress.say("conversation " + difference.conversationId() + ": " + difference.what());
      }
    }
    if (!mend) {
      return false;
    }
    mend(found);
    List<Difference> left = new ArrayList<>();
    comparison.compare(upTo, cursors, left::add);
    mended += found.size() - left.size();
    return left.isEmpty();
  }

  /// Copies these messages again, over what is there.
  private void mend(List<Difference> found) {
    Set<Span> spans = new LinkedHashSet<>();
    Set<UUID> cursors = new LinkedHashSet<>();
    for (Difference difference : found) {
      if (difference.span() == null) {
        cursors.add(difference.conversationId());
      } else {
        spans.add(difference.span());
      }
    }
    List<StoredMessage> rows = new ArrayList<>();
    from.read(List.copyOf(spans), rows::add);
    to.overwrite(rows);
    copy.cursors(cursors, Set.of());
  }

  @Override
  public String toString() {
    return "compared %,d messages in %,d ranges: %s"
        .formatted(
            messages,
            ranges,
            differences == 0
                ? "no difference"
                : "%,d differences, %,d mended".formatted(differences, mended));
  }
}
