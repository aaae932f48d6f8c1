package bench.load;

import java.util.List;

/// What became of every message of a run, from its first to its last.
///
/// @param lost deliveries: messages that were answered with `sent` and did not come to a receiver
/// @param unanswered messages with neither `sent` nor `error`
/// @param stalledBehind of the lost ones, those of readers that were stalled
/// @param failure what should not have happened to a socket; null: nothing
public record Outcome(
    long lost,
    long duplicated,
    long reordered,
    long unanswered,
    long stalledBehind,
    long stalledReaders,
    String failure) {

  static Outcome of(List<Lane> lanes) {
    return lanes.stream()
        .map(lane -> lane.call(() -> of(lane)))
        .reduce(new Outcome(0, 0, 0, 0, 0, 0, null), Outcome::plus);
  }

  private static Outcome of(Lane lane) {
    var all = new Outcome(0, 0, 0, 0, 0, 0, null);
    for (Room room : lane.rooms()) {
      for (Member member : room.members()) {
        long behind = member.stalled() ? room.expected(member) - member.arrived().count() : 0;
        all =
            all.plus(
                new Outcome(
                    member.underWay().lost() + Math.max(0, behind),
                    member.arrived().duplicated(),
                    member.arrived().reordered(),
                    member.underWay().unanswered(),
                    Math.max(0, behind),
                    member.stalled() ? 1 : 0,
                    member.failure()));
      }
    }
    return all;
  }

  /// What came since `before`: sessions measure several times, and what was lost once is told once.
  Outcome since(Outcome before) {
    return new Outcome(
        Math.max(0, lost - before.lost),
        duplicated - before.duplicated,
        reordered - before.reordered,
        Math.max(0, unanswered - before.unanswered),
        stalledBehind,
        stalledReaders,
        failure);
  }

  /// Of a run that goes on: what is missing is on its way.
  Outcome underWay() {
    return new Outcome(0, duplicated, reordered, 0, stalledBehind, stalledReaders, failure);
  }

  private Outcome plus(Outcome other) {
    return new Outcome(
        lost + other.lost,
        duplicated + other.duplicated,
        reordered + other.reordered,
        unanswered + other.unanswered,
        stalledBehind + other.stalledBehind,
        stalledReaders + other.stalledReaders,
        failure == null ? other.failure : failure);
  }
}
