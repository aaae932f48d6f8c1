package migrate.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `fresh`: as if the database were new.
@Command(
    name = "fresh",
    description = "Drop everything, also what no step made, and apply all steps.",
    footer = {"", "Example: ./jbang migrate@catalog fresh --only postgres --yes"})
public final class Fresh implements Callable<Integer> {
  @Mixin private Targets targets;
  @Mixin private Consent consent;

  @Option(names = "--offline", description = "No server runs: steps that say @offline may be done.")
  private boolean offline;

  /// For picocli.
  public Fresh() {}

  @Override
  public Integer call() {
    new Changes(System.out).fresh(targets, consent, offline);
    return 0;
  }
}
