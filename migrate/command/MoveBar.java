package migrate.command;

import fixtures.terminal.Bars;
import java.util.HashMap;
import java.util.Map;
import me.tongfei.progressbar.ProgressBar;
import migrate.move.MoveProgress;

/// How far a move is, on stderr: a bar with rate and time left on a terminal, else a line now and
/// then. For any thread.
public final class MoveBar implements MoveProgress, AutoCloseable {
  private static final long LINE_NANOS = 5_000_000_000L; // often enough for a log
  private static final long MB = 1_000_000;

  private final boolean terminal = Bars.wanted();
  private final long began = System.nanoTime();
  private final Map<String, Long> beganAt = new HashMap<>(); // guarded by this, as the next ones
  private ProgressBar bar; // null: none is shown
  private long lastLine = System.nanoTime();

  /// Shows nothing yet.
  public MoveBar() {}

  @Override
  public synchronized void say(String line) {
    System.err.printf("%7.1f s  %s%n", (System.nanoTime() - began) / 1e9, line);
  }

  @Override
  public synchronized void at(String work, long done, long of, String unit) {
    long since = beganAt.computeIfAbsent(work, _ -> System.nanoTime());
    boolean bytes = unit.equals("B");
    if (terminal) {
      if (bar == null) {
        bar =
            Bars.named(work)
                .setUnit(bytes ? " MB" : " " + unit, bytes ? MB : 1)
                .showSpeed()
                .build();
      }
      bar.maxHint(of);
      bar.stepTo(Math.min(done, of));
    } else if (System.nanoTime() - lastLine >= LINE_NANOS) {
      lastLine = System.nanoTime();
      double seconds = (lastLine - since) / 1e9;
      double rate = done / Math.max(seconds, 1e-3);
      long left = rate == 0 ? 0 : Math.round(Math.max(0, of - done) / rate);
      say(
          bytes
              ? "%s: %,d of about %,d MB, %,.0f MB/s, about %d s left"
                  .formatted(work, done / MB, of / MB, rate / MB, left)
              : "%s: %,d of %,d %s, about %d s left".formatted(work, done, of, unit, left));
    }
  }

  @Override
  public synchronized void done(String work) {
    beganAt.remove(work);
    close();
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
