package migrate.command;

import fixtures.engines.AtExit;
import fixtures.terminal.Bars;
import java.io.PrintStream;
import java.time.Duration;
import migrate.schema.Progress;
import migrate.schema.Step;

/// Tells people what a run does, a line for each step; what hinders it, and how far a back-fill is,
/// on stderr.
record Spoken(PrintStream out, FillBar bar, UnderWay underWay) implements Progress {
  Spoken(PrintStream out) {
    this(out, new FillBar(), new UnderWay());
  }

  @Override
  public void waiting(String holder, Duration limit) {
    out.printf("  waiting up to %d s for another run: %s%n", limit.toSeconds(), holder);
  }

  @Override
  public void notice(String what) {
    out.printf("  %s%n", what);
  }

  @Override
  public void retrying(String why, int tried, int tries, Duration pause) {
    if (AtExit.ending()) { // its engine may be ending too
      return;
    }
    System.err.printf(
        "  %s: tried %d of %d times, again in %d ms%n", why, tried, tries, pause.toMillis());
  }

  @Override
  public void blocking(int count, Duration longest, String first) {
    System.err.printf(
        "  %d %s for this run, the first of them %s%n",
        count, count == 1 ? "session waits" : "sessions wait", first);
  }

  @Override
  public void filled(Step step, long rows, long estimate) {
    underWay.passed(rows);
    bar.to(step.file(), rows, estimate);
  }

  @Override
  public void started(Step step, Direction direction) {
    underWay.begin(step, direction);
  }

  /// For the thread that ends the process.
  void brokenOff() {
    bar.endForGood();
    underWay
        .sentence()
        .ifPresent(sentence ->
            // Behind the ^C that a terminal shows.
            System.err.printf("%s  %s%n", Bars.wanted() ? System.lineSeparator() : "", sentence));
  }

  @Override
  public void done(Step step, Direction direction, Duration took) {
    underWay.end();
    bar.end();
    out.printf(
        "  %-4s %04d %-20s %6d ms  %s%n",
        direction.name().toLowerCase(java.util.Locale.ROOT),
        step.version(),
        step.name(),
        took.toMillis(),
        step.description());
  }
}
