///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25
//SOURCES package-info.java
package bench;

import bench.difference.Comparison;
import bench.difference.Revisions;
import bench.results.Progress;
import fixtures.urls.UserError;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import migrate.command.Launch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;

/// `compare@catalog`: better, worse, or no difference that could be seen.
@Command(
    name = "compare",
    usageHelpWidth = 100,
    showDefaultValues = true,
    description = {
      "Compares two results of bench@catalog or load@catalog, figure by figure, or runs a command",
      "of two git revisions in turn (A B B A) and compares what comes of it. Says better, worse or",
      "no difference, and the smallest difference that would have been seen."
    },
    footer = {
      "",
      "Examples:",
      "  ./jbang compare@catalog before/jmh.json after/jmh.json",
      "  ./jbang compare@catalog run1,run2 run3,run4 --counts",
      "  ./jbang compare@catalog bench now --counts    # bench/counts.json, and bench@catalog's",
      "  ./jbang compare@catalog --revisions main~5,main --run \"bench Encode --forks 3\"",
      "",
      "Exit codes: 0 nothing is worse; 1 something is; 2 wrong use; 3 something around it is"
          + " missing."
    })
public final class Compare implements Callable<Integer> {
  @Parameters(
      paramLabel = "RESULT",
      description = "Before and after: files or folders of runs, several of one side with commas.")
  List<String> sides = List.of();

  @Option(names = "--revisions", paramLabel = "A,B", split = ",", description = "Of git.")
  List<String> revisions = List.of();

  @Option(
      names = "--run",
      paramLabel = "COMMAND",
      description = "With --revisions: the command, as given to ./jbang without @catalog.")
  String command;

  @Option(names = "--rounds", paramLabel = "N", description = "Of A B B A.")
  int rounds = 1;

  @Option(
      names = "--counts",
      description = "Only what is counted (bytes, statements, commands) decides: for CI.")
  boolean counts;

  @Option(names = "--json", description = "One JSON array on stdout.")
  boolean json;

  @Option(names = "--help", usageHelp = true, description = "Show this page.")
  boolean help;

  public static void main(String[] arguments) {
    System.exit(Launch.run(new Compare(), arguments));
  }

  @Override
  public Integer call() throws Exception {
    return revisions.isEmpty() ? tell(ofResults()) : ofRevisions();
  }

  private int tell(Comparison comparison) {
    if (json) {
      System.out.println(new JsonMapper().writeValueAsString(comparison.fields()));
    } else {
      comparison.lines().forEach(System.out::println);
    }
    comparison.onlyOneHas().forEach(name -> System.err.println("only one side has " + name));
    var worse = comparison.worse(counts);
    System.err.println(worse.isEmpty() ? "nothing is worse" : worse.size() + " figures are worse");
    return worse.isEmpty() ? 0 : 1;
  }

  private Comparison ofResults() {
    if (sides.size() != 2) {
      throw new UserError("name two sides: before and after; see --help");
    }
    return Comparison.of(paths(sides.get(0)), paths(sides.get(1)));
  }

  private static List<Path> paths(String side) {
    return Arrays.stream(side.split(",")).map(Path::of).toList();
  }

  private int ofRevisions() throws Exception {
    if (revisions.size() != 2 || command == null || rounds < 1) {
      throw new UserError("write --revisions A,B --run \"bench Encode\", and --rounds 1 or more");
    }
    try (var both =
        new Revisions(
            revisions.get(0),
            revisions.get(1),
            Progress.onStderr(),
            found -> tell(Comparison.of(found.get(0), found.get(1))))) {
      var results = both.run(List.of(command.strip().split(" +")), rounds);
      return both.ending() ? 1 : tell(Comparison.of(results.get(0), results.get(1)));
    }
  }
}
