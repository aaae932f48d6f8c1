package migrate.command;

import java.util.concurrent.Callable;
import migrate.schema.SchemaMismatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `validate`: what a deployment asks before it begins.
@Command(
    name = "validate",
    description = {
      "Look whether history and files fit; pending steps are no fault.",
      "No applied file was edited, none is unknown, none is out of order; else exit code 1."
    },
    footer = {"", "Example: ./jbang migrate@catalog validate --downs"})
public final class Validate implements Callable<Integer> {
  @Mixin private Targets targets;
  @Mixin private Scratch scratch;

  @Option(
      names = "--downs",
      description = {
        "Also do, undo and do again each step in a scratch database: what it leaves must be",
        "what was there before it."
      })
  private boolean downs;

  /// For picocli.
  public Validate() {}

  @Override
  public Integer call() {
    Upkeep.requireOne(targets, scratch);
    var upkeep = new Upkeep(System.out);
    boolean good = upkeep.validate(targets);
    if (downs) {
      good &= upkeep.proveDowns(targets, scratch);
    }
    return good ? 0 : SchemaMismatch.EXIT_CODE;
  }
}
