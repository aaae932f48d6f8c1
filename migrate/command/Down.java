package migrate.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `down`: the way back.
@Command(
    name = "down",
    description = "Undo the newest N steps, 1 when not said. Their tables and data are deleted.",
    footer = {"", "Example: ./jbang migrate@catalog down --to 3"})
public final class Down implements Callable<Integer> {
  @Mixin private Targets targets;
  @Mixin private Consent consent;

  @Parameters(arity = "0..1", paramLabel = "N", description = "How many.")
  private Integer count;

  @Option(names = "--to", paramLabel = "V", description = "All newer than version V.")
  private Integer to;

  @Option(names = "--dry-run", description = "Only print what would be done.")
  private boolean dryRun;

  /// For picocli.
  public Down() {}

  @Override
  public Integer call() {
    var changes = new Changes(System.out);
    if (dryRun) {
      changes.wouldDown(targets, count, to);
    } else {
      changes.down(targets, consent, count, to);
    }
    return 0;
  }
}
