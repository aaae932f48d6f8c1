package migrate.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `reset`: back to nothing, as far as the steps know.
@Command(
    name = "reset",
    description = "Undo all steps. Their tables and data are deleted.",
    footer = {"", "Example: ./jbang migrate@catalog reset --only postgres --yes"})
public final class Reset implements Callable<Integer> {
  @Mixin private Targets targets;
  @Mixin private Consent consent;

  /// For picocli.
  public Reset() {}

  @Override
  public Integer call() {
    new Changes(System.out).reset(targets, consent);
    return 0;
  }
}
