package bench.load;

import java.nio.file.Path;
import java.util.Map;
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
    Verdict verdict;
    if (slo != null) {
      Capacity found = run.capacity(slo);
      verdict = found.verdict();
      tell(found.fields(), found.table(), found.flatOut(), verdict);
    } else {
      LoadResult result = run.run();
      verdict = result.verdict();
      tell(result.fields(), null, result, verdict);
    }
    try {
      Runtime.getRuntime().removeShutdownHook(interrupted);
    } catch (IllegalStateException _) {
      // the process is ending, and all is told
    }
    return verdict.kind() == Verdict.Kind.VALID;
  }

  private void interrupted() {
    LoadResult result = run.soFar();
    if (result != null) {
      tell(result.fields(), null, result, result.verdict());
    }
  }

  /// @param table for people; null: one line for each field
  private synchronized void tell(
      Map<String, Object> fields, String table, LoadResult timed, Verdict verdict) {
    if (told) {
      return;
    }
    told = true;
    Map<String, Object> all = run.withRig(fields);
    String forPeople = table == null ? LoadResult.table(all) : table;
    System.out.println(json ? new JsonMapper().writeValueAsString(all) : forPeople);
    System.err.println(RunFiles.write(folder, all, timed, verdict));
  }
}
