package migrate.command;

import java.util.concurrent.Callable;
import migrate.schema.SchemaMismatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `status`: where each database stands.
@Command(
    name = "status",
    description = "Show each step; exit code 1 unless all are applied and unchanged.",
    footer = {"", "Example: ./jbang migrate@catalog status --json"})
public final class ShowStatus implements Callable<Integer> {
  @Mixin private Targets targets;

  @Option(names = "--json", description = "As JSON.")
  private boolean json;

  /// For picocli.
  public ShowStatus() {}

  @Override
  public Integer call() {
    return new StatusReport(System.out).print(targets, json) ? 0 : SchemaMismatch.EXIT_CODE;
  }
}
