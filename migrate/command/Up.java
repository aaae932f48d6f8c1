package migrate.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `up`: the way forward.
@Command(
    name = "up",
    description = "Apply the pending steps.",
    footer = {"", "Example: ./jbang migrate@catalog up --to 4 --dry-run"})
public final class Up implements Callable<Integer> {
  @Mixin private Targets targets;

  @Option(names = "--to", paramLabel = "V", description = "Stop after version V.")
  private Integer to;

  @Option(names = "--dry-run", description = "Only print what would be done.")
  private boolean dryRun;

  @Option(names = "--offline", description = "No server runs: steps that say @offline may be done.")
  private boolean offline;

  @Option(
      names = "--contract",
      description = "No older server runs: go past steps that say @contract.")
  private boolean contract;

  /// For picocli.
  public Up() {}

  @Override
  public Integer call() {
    var changes = new Changes(System.out);
    if (dryRun) {
      changes.wouldUp(targets, to, contract);
    } else {
      changes.up(targets, to, offline, contract);
    }
    return 0;
  }
}
