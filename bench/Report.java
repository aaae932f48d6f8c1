///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25
//SOURCES package-info.java
//SOURCES report/package-info.java
package bench;

import bench.report.ReportPage;
import bench.results.Results;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import migrate.command.Launch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `report@catalog`: results as one HTML file.
@Command(
    name = "report",
    usageHelpWidth = 100,
    showDefaultValues = true,
    description = {
      "Draws results of bench@catalog and load@catalog into one HTML file that needs nothing else,",
      "and prints the ladder: what each step of a message's way is of the whole."
    },
    footer = {
      "",
      "Examples:",
      "  ./jbang report@catalog",
      "  ./jbang report@catalog .vyry/results/bench-20261123-021500 --out report.html",
      "",
      "Exit codes: 0 written; 2 wrong use, or no result; 3 something around it is missing."
    })
public final class Report implements Callable<Integer> {
  @Parameters(
      paramLabel = "FOLDER",
      description = "Of runs; the newest of each kind in .vyry/results when none is named.")
  List<Path> folders = List.of();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "The page; .vyry/results/report.html when not given.")
  Path out;

  @Option(names = "--json", description = "What the page shows, as one JSON object on stdout.")
  boolean json;

  @Option(names = "--help", usageHelp = true, description = "Show this page.")
  boolean help;

  public static void main(String[] arguments) {
    System.exit(Launch.run(new Report(), arguments));
  }

  @Override
  public Integer call() {
    Path page = out == null ? Results.root().resolve("report.html") : out;
    var report = ReportPage.of(folders);
    report.write(page);
    System.out.println(json ? report.json(page) : report.ladder());
    System.err.println(page);
    return 0;
  }
}
