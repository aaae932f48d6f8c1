package migrate.command;

import fixtures.terminal.Bars;
import java.time.Duration;
import me.tongfei.progressbar.ProgressBar;

/// How far a back-fill is, on stderr: a bar on a terminal, else a line now and then. For one
/// thread; [#endForGood] for any.
final class FillBar {
  private static final long LINE_NANOS = 10_000_000_000L; // often enough for a log

  private final boolean terminal = Bars.wanted();
  private volatile ProgressBar bar; // null: none is shown
  private volatile boolean over;
  private long lastLine = System.nanoTime();

  void to(String file, long rows, long estimate) {
    if (over) {
      return;
    }
    if (terminal) {
      if (bar == null) {
        bar =
            Bars.named(file)
                .setUnit(" rows", 1)
                .showSpeed()
                .startsFrom(rows, Duration.ZERO) // what a run before this one did is no speed of it
                .build();
      }
      bar.maxHint(estimate);
      bar.stepTo(rows);
    } else if (System.nanoTime() - lastLine >= LINE_NANOS) {
      lastLine = System.nanoTime();
      System.err.printf("  %s: %,d of about %,d rows%n", file, rows, estimate);
    }
  }

  /// Nothing is shown from now on, whatever the run still does: the process ends.
  void endForGood() {
    over = true;
    end();
  }

  /// The step is done, or failed.
  void end() {
    var shown = bar;
    bar = null;
    if (shown != null) {
      shown.close();
    }
  }
}
