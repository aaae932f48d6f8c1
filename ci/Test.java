///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//SOURCES package-info.java
package ci;

import ci.run.Checkout;
import ci.run.Logs;
import ci.run.Results;
import ci.run.Selection;
import ci.run.Tests;
import fixtures.urls.UserError;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/// Runs the project's tests on real engines and closes with one line of counts.
@Command(
    name = "test",
    mixinStandardHelpOptions = true,
    description = {
      "Runs all tests, on engines that are started for it.",
      "Progress goes to stderr; stdout has one line: N passed, N failed, N skipped."
    },
    footer = {
      "",
      "Example: test@catalog --only 'SettingsTest|Outbox.*Test#slow'",
      "Exit code: 0 all passed or were skipped, 1 a test failed, 2 nothing matches."
    })
public final class Test implements Callable<Integer> {
  @Option(
      names = "--only",
      paramLabel = "PATTERN",
      description = "regular expression found in package.Class#method; may be repeated")
  List<String> only = List.of();

  @Option(
      names = "--tag",
      paramLabel = "TAG",
      description = "only tests with this tag; may be repeated")
  List<String> tags = List.of();

  @Option(names = "--list", description = "print the tests, don't run them")
  boolean list;

  @Option(names = "--json", description = "print counts, failures and skips as JSON")
  boolean json;

  public static void main(String... args) {
    ci.run.Command.main(new Test(), args);
  }

  @Override
  public Integer call() throws Exception {
    Logs.onlyWarnings();
    var run = new Selection(Tests.compiled(), patterns(), tags);
    var tests = run.list();
    if (tests.isEmpty()) throw new UserError("no test matches: --list shows all of them");
    if (list) {
      tests.forEach(System.out::println);
      return ci.run.Command.OK;
    }
    var stdout = System.out;
    System.setOut(new PrintStream(System.err, true, StandardCharsets.UTF_8)); // tests print too
    var results = run.run(System.err);
    if (only.isEmpty() && tags.isEmpty()) results = withMissing(results);
    System.setOut(stdout);
    summary(results);
    Logs.off();
    stdout.println(
        json ? new JsonMapper().writeValueAsString(results.toJson()) : results.closingLine());
    return results.failures().isEmpty() ? ci.run.Command.OK : ci.run.Command.CHECK_FAILED;
  }

  /// A test that stands in the tree but was not compiled in fails: it would never be run.
  private static Results withMissing(Results results) throws Exception {
    var checkout = Checkout.find();
    if (checkout.isEmpty()) return results;
    Set<String> missing = Tests.inTree(checkout.get());
    missing.removeAll(Tests.compiled());
    var failures = new ArrayList<>(results.failures());
    for (String name : missing) {
      failures.add(new Results.Note(name, "is not compiled in: list it in ci/package-info.java"));
    }
    return new Results(results.passed(), List.copyOf(failures), results.skips(), results.elapsed());
  }

  private static void summary(Results results) {
    System.err.printf("%d tests in %.1f s%n", results.count(), results.elapsed().toMillis() / 1e3);
    results.skipReasons().forEach((why, n) -> System.err.printf("  skipped %d: %s%n", n, why));
    results.failures().forEach(f -> System.err.printf("  FAILED %s: %s%n", f.test(), firstLine(f)));
  }

  private static String firstLine(Results.Note failure) {
    return failure.reason().lines().findFirst().orElse("");
  }

  private List<Pattern> patterns() {
    try {
      return only.stream().map(Pattern::compile).toList();
    } catch (PatternSyntaxException e) {
      throw new UserError(
          "'%s' is no regular expression (%s)".formatted(e.getPattern(), e.getDescription()));
    }
  }
}
