package migrate.command;

import java.util.concurrent.Callable;
import migrate.schema.SchemaMismatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `diff`: has anybody changed the schema by hand?
@Command(
    name = "diff",
    description = {
      "Compare the schema with what its applied steps give: was it changed by hand?",
      "The steps are done in a scratch database. Each thing that is missing, extra or changed is",
      "told; exit code 1 when there is one. Grants, extensions and the order of columns don't"
          + " count."
    },
    footer = {"", "Example: ./jbang migrate@catalog diff --json --only postgres"})
public final class Diff implements Callable<Integer> {
  @Mixin private Targets targets;
  @Mixin private Scratch scratch;

  @Option(
      names = "--to",
      paramLabel = "V",
      description = "Compare with version V instead of the applied one.")
  private Integer version;

  @Option(names = "--json", description = "As JSON.")
  private boolean json;

  /// For picocli.
  public Diff() {}

  @Override
  public Integer call() {
    boolean same = new DriftReport(System.out).print(targets, scratch, version, json);
    return same ? 0 : SchemaMismatch.EXIT_CODE;
  }
}
