///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
//SOURCES package-info.java
//SOURCES schema/Codegen.java
//SOURCES command/Changes.java
//SOURCES command/Consent.java
//SOURCES command/CqlDatabase.java
//SOURCES command/Database.java
//SOURCES command/GeneratedClasses.java
//SOURCES command/Launch.java
//SOURCES command/PostgresDatabase.java
//SOURCES command/Spoken.java
//SOURCES command/StatusReport.java
//SOURCES command/Targets.java
//DEPS io.netty:netty-bom:4.2.20.Final@pom
//DEPS info.picocli:picocli:4.7.7
//DEPS tools.jackson.core:jackson-databind:3.2.2
//DEPS org.slf4j:slf4j-simple:2.0.18
package migrate;

import migrate.command.Changes;
import migrate.command.Consent;
import migrate.command.GeneratedClasses;
import migrate.command.Launch;
import migrate.command.StatusReport;
import migrate.command.Targets;
import migrate.schema.SchemaMismatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

/// `migrate@catalog`: takes the schemas of PostgreSQL and CQL up and down their steps.
@Command(
    name = "migrate",
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
      "",
      "Exit codes: 0 done; 1 not up to date, or history and files do not fit;",
      "2 wrong use; 3 a database is away, locked or refuses."
    })
public final class Migrate {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this page.")
  private boolean help;

  @Command(description = "Apply the pending steps.")
  int up(
      @Mixin Targets targets,
      @Option(names = "--to", paramLabel = "V", description = "Stop after version V.") Integer to) {
    new Changes(System.out).up(targets, to);
    return 0;
  }

  @Command(
      description = "Undo the newest N steps, 1 when not said. Their tables and data are deleted.")
  int down(
      @Mixin Targets targets,
      @Mixin Consent consent,
      @Parameters(arity = "0..1", paramLabel = "N", description = "How many.") Integer count,
      @Option(names = "--to", paramLabel = "V", description = "All newer than version V.")
          Integer to) {
    new Changes(System.out).down(targets, consent, count, to);
    return 0;
  }

  @Command(description = "Show each step; exit code 1 unless all are applied and unchanged.")
  int status(
      @Mixin Targets targets, @Option(names = "--json", description = "As JSON.") boolean json) {
    return new StatusReport(System.out).print(targets, json) ? 0 : SchemaMismatch.EXIT_CODE;
  }

  @Command(description = "Write the jOOQ classes of the steps into migrate/generated.")
  int codegen(
      @Mixin Targets targets,
      @Option(names = "--check", description = "Only compare; exit code 1 when they differ.")
          boolean check) {
    return new GeneratedClasses(System.out).refresh(targets, check) ? 0 : SchemaMismatch.EXIT_CODE;
  }

  public static void main(String[] arguments) {
    System.exit(Launch.run(new Migrate(), arguments));
  }
}
