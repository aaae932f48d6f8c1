///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//SOURCES lint/package-info.java
package ci;

import ci.lint.Inspection;
import ci.lint.Rule;
import ci.lint.Rules;
import ci.run.Checkout;
import fixtures.urls.UserError;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;

/// Checks the house rules, and mends what a program can mend.
@Command(
    name = "lint",
    mixinStandardHelpOptions = true,
    description = {
      "Checks the house rules: directives, source lists, floors, lengths, doc comments, names,",
      "format, compiler warnings, and the SHA-256 of every jar a command runs on."
    },
    footer = {
      "",
      "Example: lint@catalog --fix --rule format server/http",
      "Exit code: 0 nothing found, 1 problems found."
    })
public final class Lint implements Callable<Integer> {
  @Option(names = "--fix", description = "first rewrite format, source lists and ci/artifacts.lock")
  boolean fix;

  @Option(names = "--rule", paramLabel = "NAME", description = "only this rule; may be repeated")
  List<String> only = List.of();

  @Option(
      names = "--root",
      paramLabel = "DIR",
      description = "the project (default: found upwards)")
  Path root;

  @Option(names = "--json", description = "print the problems as JSON")
  boolean json;

  @Parameters(
      paramLabel = "PATH",
      description = "only these files or folders, as seen from the project's folder")
  List<String> paths = List.of();

  public static void main(String... args) {
    ci.run.Command.main(new Lint(), args);
  }

  @Override
  public Integer call() throws Exception {
    var found = Inspection.of(Checkout.require(root), rules(), fix, this::wanted).problems();
    if (json) {
      System.out.println(new JsonMapper().writeValueAsString(found));
    } else {
      found.forEach(System.out::println);
      System.out.printf("%d problem(s) found%n", found.size());
    }
    return found.isEmpty() ? ci.run.Command.OK : ci.run.Command.CHECK_FAILED;
  }

  private boolean wanted(String path) {
    return paths.isEmpty() || paths.stream().anyMatch(path::startsWith);
  }

  private List<Rule> rules() {
    var names = Rules.ALL.stream().map(Rule::name).toList();
    for (String name : only) {
      if (!names.contains(name)) {
        throw new UserError(
            "no rule '%s': the rules are %s".formatted(name, String.join(", ", names)));
      }
    }
    return Rules.ALL.stream().filter(r -> only.isEmpty() || only.contains(r.name())).toList();
  }
}
