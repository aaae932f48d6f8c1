package bench.load;

import java.nio.file.Path;
import tools.jackson.databind.json.JsonMapper;

/// A run from its start to what is told of it, also when it is told to end: what was measured until
/// then is a result. For one thread, and the one on which the process ends.
public final class LoadTold {
  private final LoadRun run;
  private final Path folder;
  private final boolean json;
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
    var interrupted = Thread.ofPlatform().unstarted(this::interrupted);
    Runtime.getRuntime().addShutdownHook(interrupted);
    Found found = slo == null ? run.run() : run.capacity(slo);
    tell(found);
    try {
      Runtime.getRuntime().removeShutdownHook(interrupted);
    } catch (IllegalStateException _) {
      // the process is ending, and all is told
    }
    return found.verdict().kind() == Verdict.Kind.VALID;
  }

  private void interrupted() {
    Found found = run.ended();
    if (found == null) {
      System.err.println("nothing was measured yet");
    } else {
      tell(found);
    }
  }

  private synchronized void tell(Found found) {
    if (told) {
      return;
    }
    told = true;
    System.out.println(json ? new JsonMapper().writeValueAsString(found.fields()) : found.table());
    System.err.println(RunFiles.write(folder, found.fields(), found.timed(), found.verdict()));
  }
}
