package migrate.move.messages;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What nodes found while they read from both stores.
///
/// @param reads that clients asked for
/// @param messages that these had in both
/// @param differing of them
public record ShadowCounts(long reads, long messages, long differing) {
  private static final Pattern TEXT =
      Pattern.compile("(\\d+) live reads made twice, with (\\d+) messages, of which (\\d+) differ");

  /// Reads what a node answered; nothing when it tells of none.
  static ShadowCounts of(String answer) {
    Matcher matcher = TEXT.matcher(answer);
    return matcher.find()
        ? new ShadowCounts(
            Long.parseLong(matcher.group(1)),
            Long.parseLong(matcher.group(2)),
            Long.parseLong(matcher.group(3)))
        : new ShadowCounts(0, 0, 0);
  }

  ShadowCounts plus(ShadowCounts more) {
    return new ShadowCounts(
        reads + more.reads, messages + more.messages, differing + more.differing);
  }

  @Override
  public String toString() {
    return "%d live reads made twice, with %d messages, of which %d differ"
        .formatted(reads, messages, differing);
  }
}
