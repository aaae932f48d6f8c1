package ci.check;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/// A bar on stderr, on a terminal only.
public final class Progress implements AutoCloseable {
  private final ProgressBar bar; // null: nobody looks

  private Progress(ProgressBar bar) {
    this.bar = bar;
  }

  public static Progress of(String unit, long most) {
    boolean terminal = System.console() != null && System.console().isTerminal();
    return new Progress(
        terminal
            ? new ProgressBarBuilder().setTaskName(unit).setInitialMax(most).showSpeed().build()
            : null);
  }

  /// How far it has come.
  public void to(long done) {
    if (bar != null) {
      bar.stepTo(done);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
