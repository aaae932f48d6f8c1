package bench.results;

import fixtures.terminal.Bars;
import java.time.Duration;
import me.tongfei.progressbar.ProgressBar;

/// How far a long run is, on stderr: a bar on a terminal, else a line for each figure that is
/// there. Any thread may call.
public final class Progress implements AutoCloseable {
  private static final int UPDATE_MILLIS = 500; // figures come once a second

  private boolean heard; // guarded by this; else nothing is shown
  private final boolean terminal;
  private ProgressBar bar; // guarded by this, as the next; null: none is shown
  private String task = "";
  private long startNanos;
  private long startedWith;

  private Progress(boolean heard, boolean terminal) {
    this.heard = heard;
    this.terminal = terminal;
  }

  /// For this process.
  public static Progress onStderr() {
    return new Progress(true, Bars.wanted());
  }

  /// Nobody looks.
  public static Progress silent() {
    return new Progress(false, false);
  }

  /// What is begun, or was found: a line of its own. A bar goes on below it.
  public synchronized void say(String sentence) {
    close();
    if (heard) {
      System.err.println(sentence);
    }
  }

  /// How far a part of the run is.
  ///
  /// @param part in a word or two; another one than before begins another bar
  /// @param figures what is known by now; empty: nothing
  public synchronized void at(String part, long done, long of, String figures) {
    if (!heard) {
      return;
    }
    if (!terminal) {
      if (!figures.isEmpty()) {
        System.err.printf("  %s %d/%d  %s%n", part, done, of, figures);
      }
      return;
    }
    if (bar == null || !part.equals(task)) {
      close();
      if (!part.equals(task)) {
        task = part;
        startNanos = System.nanoTime();
        startedWith = done;
      }
      bar =
          Bars.named(part)
              .setInitialMax(of)
              .setUpdateIntervalMillis(UPDATE_MILLIS)
              .startsFrom(startedWith, Duration.ofNanos(System.nanoTime() - startNanos))
              .build();
    }
    bar.setExtraMessage(" " + figures.replaceAll(" +", " "));
    bar.stepTo(done);
  }

  /// Nothing more is shown: this process was told to end.
  public synchronized void end() {
    close();
    heard = false;
  }

  /// Ends the bar that is shown; the next part begins another one.
  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
