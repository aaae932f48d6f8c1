package migrate.command;

import fixtures.urls.Settings;
import fixtures.urls.UserError;
import java.io.Console;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Option;

/// Whether data may be deleted: asked on a terminal, else `--yes`, and in production one thing
/// more.
public final class Consent {
  @Option(names = "--yes", description = "Do not ask.")
  private boolean yes;

  @Option(names = "--i-know-this-deletes", description = "Permit it where VYRY_ENV is production.")
  private boolean knowing;

  private final Optional<UnaryOperator<String>> person;

  /// For picocli.
  public Consent() {
    this(
        Optional.ofNullable(System.console())
            .filter(Console::isTerminal)
            .map(console -> question -> console.readLine("%s", question)));
  }

  /// @param person answers a question, with null for none
  Consent(Optional<UnaryOperator<String>> person) {
    this.person = person;
  }

  /// Returns when it may go on.
  ///
  /// @param doomed what is going to be undone
  /// @throws UserError when it may not
  void require(Settings settings, String database, List<String> doomed) {
    String what = "undoing %s deletes their tables and data in %s";
    String sentence = what.formatted(String.join(", ", doomed), database);
    if (settings.production() && !knowing) {
      throw new UserError(sentence + ", and this is production: say --i-know-this-deletes");
    }
    if (yes) {
      return;
    }
    if (person.isEmpty()) {
      throw new UserError(sentence + ", and nobody is here to be asked: say --yes");
    }
    String answer = person.get().apply(sentence + ". Go on? [yes/no] ");
    if (answer == null || !answer.strip().equalsIgnoreCase("yes")) {
      throw new UserError("nothing was done: the answer was not 'yes'");
    }
  }
}
