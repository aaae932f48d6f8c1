package bench.load;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;

/// A run from its start to what is told of it, also when it is told to end: what was measured until
/// then is a result. For one thread, and the one on which the process ends.
public final class LoadTold {
  /// Ctrl-C reaches all processes of a terminal at once, and one of them may end before this one
  /// hears of it.
  private static final long HEARD_MILLIS = 300;

  private final LoadRun run;
  private final Path folder;
  private final boolean json;
  private final CountDownLatch ending = new CountDownLatch(1);
  private volatile boolean failed; // by itself
  private boolean told; // guarded by this

  /// @param folder where results go
  /// @param json whether to print one JSON object; else lines for people
  public LoadTold(LoadRun run, Path folder, boolean json) {
    this.run = run;
    this.folder = folder;
    this.json = json;
  }

  /// Runs, prints, writes.
  ///
  /// @param slo look for the highest rate that keeps it; null: measure at the pace
  /// @return whether it is VALID
  public boolean run(Slo slo) throws Exception {
    var atExit = Thread.ofPlatform().unstarted(this::ended);
    Runtime.getRuntime().addShutdownHook(atExit);
    Found found;
    try {
      found = slo == null ? run.run() : run.capacity(slo);
    } catch (Exception e) {
      if (ending.await(HEARD_MILLIS, TimeUnit.MILLISECONDS)) {
        return false; // what it spoke to ended with it
      }
      failed = true;
      throw e;
    }
    tell(found, "");
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException _) {
      // the process is ending, and all is told
    }
    return found.verdict().kind() == Verdict.Kind.VALID;
  }

  private void ended() {
    ending.countDown();
    Found found = run.ended();
    if (found != null) {
      tell(found, "stopped early, with what was measured by then: ");
    } else if (!failed) {
      System.err.println("stopped: nothing was measured yet");
    }
  }

  private synchronized void tell(Found found, String how) {
    if (told) {
      return;
    }
    told = true;
    System.out.println(json ? new JsonMapper().writeValueAsString(found.fields()) : found.table());
    System.err.println(
        how + RunFiles.write(folder, found.fields(), found.timed(), found.verdict()));
  }
}
