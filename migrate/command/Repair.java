package migrate.command;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `repair`: when history and files no longer fit, and the files are right.
@Command(
    name = "repair",
    description = {
      "Make the history fit the files, when it is these that are right.",
      "An edited or renamed step gets its new name and checksum, one that is half done goes on as",
      "it is written now, a version whose file is gone is forgotten when it is named. Nothing is",
      "done to the schema, which is compared first with what the files give in a scratch database."
    },
    footer = {"", "Example: ./jbang migrate@catalog repair --forget 7 --only postgres"})
public final class Repair implements Callable<Integer> {
  @Mixin private Targets targets;
  @Mixin private Consent consent;
  @Mixin private Scratch scratch;

  @Option(
      names = "--forget",
      paramLabel = "V",
      split = ",",
      description = "Versions that are applied and whose files are gone for good.")
  private Set<Integer> forget = Set.of();

  @Option(names = "--unchecked", description = "Do not compare.")
  private boolean unchecked;

  /// For picocli.
  public Repair() {}

  @Override
  public Integer call() {
    Upkeep.requireOne(targets, scratch);
    var comparison =
        unchecked ? Optional.<Comparison>empty() : Optional.of(new Comparison(scratch));
    new Upkeep(System.out).repair(targets, consent, comparison, forget);
    return 0;
  }
}
