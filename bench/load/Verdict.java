package bench.load;

import java.util.Locale;

/// Whether a run's figures may be believed, and why not.
///
/// @param kind
/// @param reason a sentence with the numbers
public record Verdict(Kind kind, String reason) {
  /// What a run can turn out to be.
  public enum Kind {
    /// The figures are the system's.
    VALID,
    /// The system did not do what was asked of it: latencies tell of its queues.
    SATURATED,
    /// The loader did not do what was asked of it: the figures are the loader's.
    LOADER_BOUND,
    /// Messages were lost, repeated or out of order, or sockets failed.
    WRONG
  }

  /// A loop that has the CPU for more of the time than this has no time to send when it should.
  private static final double BUSY_LOOP = 0.9;

  /// Of the messages that were due; less is a queue that grows.
  private static final double KEPT_UP = 0.97;

  /// Of the messages; a few refusals at the start of a run are no saturation.
  private static final double REFUSED = 0.001;

  /// Messages written later than this part of what they wait altogether…
  private static final double LATE = 0.5;

  /// … count only beyond this: a thread that slept is not back sooner.
  private static final double LATE_MILLIS = 1;

  /// What a verdict rests on.
  ///
  /// @param due messages whose time came while it was measured, all of them in a closed loop
  /// @param completed of the measured time: sent, answered, with all receivers
  /// @param unanswered neither `sent` nor `error` after the end of the run
  /// @param failure of a socket; null: none
  /// @param busiestLoop part of the time (0 to 1) in which the loader's busiest thread had the CPU
  /// @param lateMillis how late the loader wrote what was due, 99th percentile
  /// @param receiveMillis send to receive of those that came, 99th percentile
  /// @param behindMillis the time in which as many were due as had not come by the end
  record Facts(
      boolean closedLoop,
      long due,
      long completed,
      long refused,
      long dropped,
      long lost,
      long duplicated,
      long reordered,
      long unanswered,
      String failure,
      double busiestLoop,
      double lateMillis,
      double receiveMillis,
      double behindMillis) {}

  static Verdict of(Facts facts) {
    if (facts.lost + facts.duplicated + facts.reordered > 0) {
      return new Verdict(
          Kind.WRONG,
          "%d lost, %d duplicated, %d reordered"
              .formatted(facts.lost, facts.duplicated, facts.reordered));
    }
    if (facts.failure != null) {
      return new Verdict(Kind.WRONG, facts.failure);
    }
    if (facts.unanswered > 0) {
      return new Verdict(Kind.WRONG, facts.unanswered + " messages had no answer");
    }
    if (facts.completed == 0) {
      return new Verdict(Kind.WRONG, "not one message came through");
    }
    if (facts.busiestLoop > BUSY_LOOP) {
      return new Verdict(
          Kind.LOADER_BOUND,
          percent("a thread of the loader had the CPU for %s of the time", facts.busiestLoop));
    }
    double waited = Math.max(facts.receiveMillis, facts.behindMillis);
    boolean late = facts.lateMillis > Math.max(LATE_MILLIS, LATE * waited);
    if (!facts.closedLoop && late) {
      return new Verdict(
          Kind.LOADER_BOUND,
          String.format(
              Locale.ROOT,
              "1 %% of the messages were written more than %.1f ms after they were due",
              facts.lateMillis));
    }
    if (facts.refused + facts.dropped > REFUSED * facts.due) {
      return new Verdict(
          Kind.SATURATED,
          "%d messages refused and %d not sent, of %d"
              .formatted(facts.refused, facts.dropped, facts.due));
    }
    if (!facts.closedLoop && facts.completed < KEPT_UP * facts.due) {
      return new Verdict(
          Kind.SATURATED,
          percent("only %s of what was due came through", facts.completed / (double) facts.due));
    }
    return new Verdict(Kind.VALID, "nothing lost, duplicated or reordered");
  }

  private static String percent(String sentence, double share) {
    return sentence.formatted(String.format(Locale.ROOT, "%.1f %%", 100 * share));
  }
}
