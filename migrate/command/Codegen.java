package migrate.command;

import java.util.concurrent.Callable;
import migrate.schema.SchemaMismatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `codegen`: the jOOQ classes of what the steps give.
@Command(
    name = "codegen",
    description = {
      "Write the jOOQ classes of the steps into migrate/generated.",
      "They are read from a scratch database in the embedded PostgreSQL."
    },
    footer = {"", "Example: ./jbang migrate@catalog codegen --check"})
public final class Codegen implements Callable<Integer> {
  @Mixin private Targets targets;

  @Option(names = "--check", description = "Only compare; exit code 1 when they differ.")
  private boolean check;

  /// For picocli.
  public Codegen() {}

  @Override
  public Integer call() {
    return new GeneratedClasses(System.out).refresh(targets, check) ? 0 : SchemaMismatch.EXIT_CODE;
  }
}
