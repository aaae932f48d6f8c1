package migrate.command;

import fixtures.urls.Settings;
import fixtures.urls.UserError;
import java.io.Console;
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

  /// Returns when data may be deleted.
  ///
  /// @param deed what is going to be deleted, and where
  /// @throws UserError when it may not
  void toDelete(Settings settings, String deed) {
    if (settings.production() && !knowing) {
      throw new UserError(deed + ", and this is production: say --i-know-this-deletes");
    }
    to(deed);
  }

  /// Returns when something may be done that deletes nothing and is still not to be done by chance.
  ///
  /// @throws UserError when it may not
  void to(String deed) {
    if (yes) {
      return;
    }
    if (person.isEmpty()) {
      throw new UserError(deed + ", and nobody is here to be asked: say --yes");
    }
    String answer = person.get().apply(deed + ". Go on? [yes/no] ");
    if (answer == null || !answer.strip().equalsIgnoreCase("yes")) {
      throw new UserError("nothing was done: the answer was not 'yes'");
    }
  }
}
