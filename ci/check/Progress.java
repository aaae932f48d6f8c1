package ci.check;

import fixtures.terminal.Bars;
import me.tongfei.progressbar.ProgressBar;

/// A bar on stderr, on a terminal only.
public final class Progress implements AutoCloseable {
  private final ProgressBar bar; // null: nobody looks

  private Progress(ProgressBar bar) {
    this.bar = bar;
  }

  public static Progress of(String unit, long most) {
    return new Progress(
        Bars.wanted() ? Bars.named(unit).setInitialMax(most).showSpeed().build() : null);
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
