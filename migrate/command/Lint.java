package migrate.command;

import fixtures.urls.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import migrate.lint.Finding;
import migrate.lint.Linter;
import migrate.lint.Rule;
import migrate.schema.Dialect;
import migrate.schema.SchemaMismatch;
import migrate.schema.Steps;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/// `lint`: reads the steps, before any database does.
@Command(
    name = "lint",
    description = {
      "Tell which steps are unsafe while servers run, and the safe way.",
      "Reads the files of both kinds and no database. Exit code 1 when something was found. A step",
      "says `-- @allow rule why` where it knows better."
    },
    footer = {
      "",
      "Examples:",
      "  ./jbang migrate@catalog lint --from 6",
      "  ./jbang migrate@catalog lint --steps ../shop/db --json"
    })
public final class Lint implements Callable<Integer> {
  @Mixin private Targets targets;

  @Option(
      names = "--from",
      defaultValue = "1",
      paramLabel = "V",
      description = "Tell nothing of older steps (default: ${DEFAULT-VALUE}).")
  private int from;

  @Option(
      names = "--steps",
      paramLabel = "FOLDER",
      description = "The .sql and .cql files in it, instead of the steps that come with this.")
  private Path folder;

  @Option(names = "--rules", description = "Only list the rules.")
  private boolean rules;

  @Option(names = "--json", description = "As JSON.")
  private boolean json;

  /// For picocli.
  public Lint() {}

  @Override
  public Integer call() {
    if (rules) {
      for (var rule : Rule.values()) {
        System.out.printf("%-30s %s%n", rule.id(), rule.instead());
      }
      return 0;
    }
    var findings = new ArrayList<Finding>();
    long read = 0;
    boolean none = true;
    for (var dialect : targets.only().map(List::of).orElse(List.of(Dialect.values()))) {
      var steps = folder == null ? Steps.bundled(dialect) : Steps.in(folder, dialect);
      none &= steps.list().isEmpty();
      read += steps.list().stream().filter(step -> step.version() >= from).count();
      Linter.check(steps).stream().filter(f -> version(f) >= from).forEach(findings::add);
    }
    if (none) {
      throw new UserError(
          "there are no steps in " + folder + ": they are named like 0001_users.sql");
    }
    tell(findings, read);
    return findings.isEmpty() ? 0 : SchemaMismatch.EXIT_CODE;
  }

  private static int version(Finding finding) {
    return Integer.parseInt(finding.file().substring(0, 4)); // as its name begins
  }

  private void tell(List<Finding> findings, long read) {
    if (json) {
      record Row(String file, int line, String rule, String what, String instead) {}
      var rows =
          findings.stream()
              .map(f -> new Row(f.file(), f.line(), f.rule().id(), f.what(), f.rule().instead()))
              .toList();
      var writer = JsonMapper.builder().build().writerWithDefaultPrettyPrinter();
      System.out.println(writer.writeValueAsString(rows));
      return;
    }
    findings.forEach(finding -> System.out.println(finding.sentence()));
    System.out.printf(
        "%d %s read, %d %s found%n",
        read,
        read == 1 ? "step" : "steps",
        findings.size(),
        findings.size() == 1 ? "problem" : "problems");
  }
}
