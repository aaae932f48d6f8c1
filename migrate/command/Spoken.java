package migrate.command;

import java.io.PrintStream;
import java.time.Duration;
import migrate.schema.Progress;
import migrate.schema.Step;

/// Tells people what a run does, a line for each step.
record Spoken(PrintStream out) implements Progress {
  @Override
  public void waiting(String holder, Duration limit) {
    out.printf("  waiting up to %d s for another run: %s%n", limit.toSeconds(), holder);
  }

  @Override
  public void notice(String what) {
    out.printf("  %s%n", what);
  }

  @Override
  public void done(Step step, Direction direction, Duration took) {
    out.printf(
        "  %-4s %04d %-20s %6d ms  %s%n",
        direction.name().toLowerCase(java.util.Locale.ROOT),
        step.version(),
        step.name(),
        took.toMillis(),
        step.description());
  }
}
