package migrate.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `refresh`: all the way back and forth.
@Command(
    name = "refresh",
    description = "Undo all steps and apply them again. Their tables and data are deleted.",
    footer = {"", "Example: ./jbang migrate@catalog refresh --only postgres --yes"})
public final class Refresh implements Callable<Integer> {
  @Mixin private Targets targets;
  @Mixin private Consent consent;

  @Option(names = "--offline", description = "No server runs: steps that say @offline may be done.")
  private boolean offline;

  /// For picocli.
  public Refresh() {}

  @Override
  public Integer call() {
    new Changes(System.out).refresh(targets, consent, offline);
    return 0;
  }
}
