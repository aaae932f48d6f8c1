package migrate.command;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `baseline`: for a database that was made without the steps.
@Command(
    name = "baseline",
    description = {
      "Take the steps up to V for applied, in a database that was made without them.",
      "It is compared first with what they give in a scratch database."
    },
    footer = {"", "Example: ./jbang migrate@catalog baseline 3 --only postgres"})
public final class Baseline implements Callable<Integer> {
  @Mixin private Targets targets;
  @Mixin private Consent consent;
  @Mixin private Scratch scratch;

  @Parameters(paramLabel = "V", description = "The version that the schema is at.")
  private int version;

  @Option(names = "--unchecked", description = "Do not compare.")
  private boolean unchecked;

  /// For picocli.
  public Baseline() {}

  @Override
  public Integer call() {
    Upkeep.requireOne(targets, scratch);
    var comparison =
        unchecked ? Optional.<Comparison>empty() : Optional.of(new Comparison(scratch));
    new Upkeep(System.out).baseline(targets, consent, comparison, version);
    return 0;
  }
}
