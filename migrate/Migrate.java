///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
//SOURCES package-info.java
//SOURCES schema/Codegen.java
//SOURCES command/package-info.java
//SOURCES ../server/messages/mover/package-info.java
//DEPS io.netty:netty-bom:4.2.20.Final@pom
//DEPS info.picocli:picocli:4.7.7
//DEPS tools.jackson.core:jackson-databind:3.2.2
//DEPS org.slf4j:slf4j-simple:2.0.18
package migrate;

import migrate.command.BackUp;
import migrate.command.Baseline;
import migrate.command.Codegen;
import migrate.command.Diff;
import migrate.command.Down;
import migrate.command.Fresh;
import migrate.command.Launch;
import migrate.command.Lint;
import migrate.command.Move;
import migrate.command.New;
import migrate.command.Refresh;
import migrate.command.Repair;
import migrate.command.Reset;
import migrate.command.Restore;
import migrate.command.ShowStatus;
import migrate.command.Up;
import migrate.command.Validate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// `migrate@catalog`: takes the schemas of PostgreSQL and CQL up and down their steps.
@Command(
    name = "migrate",
    subcommands = {
      Up.class,
      Down.class,
      ShowStatus.class,
      New.class,
      Lint.class,
      Validate.class,
      Diff.class,
      Baseline.class,
      Repair.class,
      Codegen.class,
      Reset.class,
      Refresh.class,
      Fresh.class,
      Move.class,
      BackUp.class,
      Restore.class
    },
    usageHelpWidth = 100,
    description = {
      "Takes the schemas of PostgreSQL and CQL up and down their steps (migrate/steps).",
      "Each step is applied once, also when several runs start together."
    },
    footer = {
      "",
      "Where: --postgres-url and --scylladb-url, else POSTGRES_URL and SCYLLADB_URL from the",
      "environment, .env.<VYRY_ENV> or .env. Outside of production a missing one means the",
      "embedded engine, with its data under .vyry/.",
      "",
      "Examples:",
      "  ./jbang migrate@catalog up",
      "  ./jbang migrate@catalog status --json --postgres-url postgres://me@localhost/vyry",
      "  ./jbang migrate@catalog down --to 2 --yes",
      "  ./jbang migrate@catalog new user_age --kind expand",
      "",
      "Exit codes: 0 done; 1 a check failed; 2 wrong use; 3 a database is away, locked or refuses."
    })
public final class Migrate {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this page.")
  private boolean help;

  public static void main(String[] arguments) {
    System.exit(Launch.run(new Migrate(), arguments));
  }
}
