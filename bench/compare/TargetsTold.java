package bench.compare;

import bench.load.Flames;
import bench.results.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;

/// Targets from their start to what is told of them, also when the process is told to end: those
/// that were measured by then. For one thread, and the one on which the process ends.
public final class TargetsTold {
  /// Ctrl-C reaches all processes of a terminal at once, and one of them may end before this one
  /// hears of it.
  private static final long HEARD_MILLIS = 300;

  private final boolean json;
  private final List<Line> lines = new ArrayList<>(); // guarded by this
  private final CountDownLatch ending = new CountDownLatch(1);
  private boolean told; // guarded by this

  /// @param json whether to print one JSON array; else a line for each figure, as it comes
  public TargetsTold(boolean json) {
    this.json = json;
  }

  /// Measures them.
  ///
  /// @param names of [Targets#names], or `all`
  /// @param flames of what ours does, where a target has some; null: not wanted
  /// @return whether every bound is met
  public boolean run(List<String> names, int seconds, Flames flames, Progress progress)
      throws Exception {
    var atExit = Thread.ofPlatform().unstarted(() -> ended(progress));
    Runtime.getRuntime().addShutdownHook(atExit);
    var wanted = names.equals(List.of("all")) ? Targets.names() : names;
    try {
      measure(wanted, seconds, flames, progress);
    } catch (Exception e) {
      if (ending.await(HEARD_MILLIS, TimeUnit.MILLISECONDS)) {
        return false; // what it spoke to ended with it
      }
      throw e;
    }
    progress.close();
    tell();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException _) {
      // the process is ending, and all is told
    }
    return lines.stream().allMatch(Line::met);
  }

  private void measure(List<String> wanted, int seconds, Flames flames, Progress progress)
      throws Exception {
    for (int i = 0; i < wanted.size(); i++) {
      if (wanted.size() > 1) {
        progress.at("targets", i, wanted.size(), "");
      }
      var measuring = new Measuring(seconds, flames, progress::say);
      Targets.run(wanted.subList(i, i + 1), measuring, this::found);
    }
  }

  private void ended(Progress progress) {
    ending.countDown();
    progress.end();
    tell();
    System.err.println("stopped early: " + lines.size() + " figures were there by then");
  }

  private synchronized void found(Line line) {
    lines.add(line);
    (json ? System.err : System.out).println(line);
  }

  private synchronized void tell() {
    if (json && !told) {
      System.out.println(new JsonMapper().writeValueAsString(lines));
    }
    told = true;
  }
}
