package ci.run;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/// Counts tests and says on a stream how each class went. JUnit calls it from the one thread that
/// runs the tests.
final class ProgressListener implements TestExecutionListener {
  /// Frames of a stack that are enough to find the place; our own code is always shown.
  private static final int MOST_FRAMES = 12;

  private static final String RUNNER = "ci\\.(Test|run\\.(Selection|Command))";
  private static final String OWN_CODE = "(fixtures|migrate|server|bench|ci)\\..*";

  private final PrintStream out;
  private final long started = System.nanoTime();
  private final List<Results.Note> failures = new ArrayList<>();
  private final List<Results.Note> skips = new ArrayList<>();
  private int passed;

  // Of the class that runs now.
  private TestIdentifier top;
  private long topStarted;
  private int before;
  private int failedBefore;
  private int skippedBefore;

  private TestPlan plan;

  ProgressListener(PrintStream out) {
    this.out = out;
  }

  Results results() {
    return new Results(
        passed,
        List.copyOf(failures),
        List.copyOf(skips),
        Duration.ofNanos(System.nanoTime() - started));
  }

  @Override
  public void testPlanExecutionStarted(TestPlan plan) {
    this.plan = plan;
  }

  @Override
  public void executionStarted(TestIdentifier id) {
    if (top != null || !isClass(id)) return;
    top = id;
    topStarted = System.nanoTime();
    before = passed;
    failedBefore = failures.size();
    skippedBefore = skips.size();
  }

  @Override
  public void executionSkipped(TestIdentifier id, String reason) {
    skip(id, reason);
    if (top == null && isClass(id)) out.printf("skip %s%n", Selection.name(id));
  }

  @Override
  public void executionFinished(TestIdentifier id, TestExecutionResult result) {
    var problem = result.getThrowable();
    switch (result.getStatus()) {
      case SUCCESSFUL -> {
        if (id.isTest()) passed++;
      }
      case ABORTED -> skip(id, problem.map(Throwable::getMessage).orElse("no reason given"));
      case FAILED -> fail(id, problem.orElse(null));
    }
    if (id.equals(top)) {
      top = null;
      int failed = failures.size() - failedBefore;
      int skipped = skips.size() - skippedBefore;
      out.printf(
          "%s %s: %d passed%s%s, %.1f s%n",
          failed > 0 ? "FAIL" : "ok  ",
          Selection.name(id),
          passed - before,
          failed > 0 ? ", " + failed + " failed" : "",
          skipped > 0 ? ", " + skipped + " skipped" : "",
          (System.nanoTime() - topStarted) / 1e9);
    }
  }

  private void skip(TestIdentifier id, String reason) {
    var note = new Results.Note(label(id), reason.replaceFirst("^Assumption failed: ", ""));
    skips.add(note);
    out.printf("     skipped %s: %s%n", note.test(), note.reason());
  }

  private void fail(TestIdentifier id, Throwable problem) {
    var note = new Results.Note(label(id), String.valueOf(problem));
    failures.add(note);
    out.printf("     FAILED %s%n", note.test());
    if (problem != null) print(problem, "");
  }

  private void print(Throwable problem, String prefix) {
    problem.toString().lines().forEach(line -> out.printf("       %s%s%n", prefix, line));
    int shown = 0;
    for (var frame : problem.getStackTrace()) {
      if (shown < MOST_FRAMES
          && frame.getClassName().matches(OWN_CODE)
          && !frame.getClassName().matches(RUNNER)) {
        out.printf("         at %s%n", frame);
        shown++;
      }
    }
    if (problem.getCause() != null && problem.getCause() != problem) {
      print(problem.getCause(), "caused by ");
    }
  }

  /// The name, and which repetition where a method is run several times.
  private String label(TestIdentifier id) {
    String name = Selection.name(id);
    boolean repeated =
        plan.getParent(id).filter(parent -> Selection.name(parent).equals(name)).isPresent();
    return repeated ? name + " " + id.getDisplayName() : name;
  }

  private boolean isClass(TestIdentifier id) {
    return id.getSource().orElse(null) instanceof ClassSource;
  }
}
