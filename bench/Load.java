///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25
//JAVA_OPTIONS -XX:+UseSerialGC -Xms512m -Xmx2g --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED
//SOURCES package-info.java
package bench;

import bench.compare.Targets;
import bench.compare.TargetsTold;
import bench.load.Flames;
import bench.load.LoadFlags;
import bench.load.LoadRun;
import bench.load.LoadTold;
import bench.load.Slo;
import bench.results.Progress;
import bench.results.Results;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import migrate.command.Launch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import server.operations.Logging;

/// `load@catalog`: drives a whole system over real sockets, and says what it did and cost.
@Command(
    name = "load",
    usageHelpWidth = 100,
    showDefaultValues = true,
    description = {
      "Starts databases and servers in processes of their own, sends messages over real sockets,",
      "counts what is lost, repeated or out of order, and says what a message cost and how long it"
          + " took."
    },
    footer = {
      "",
      "Examples:",
      "  ./jbang load@catalog --profile one-to-one",
      "  ./jbang load@catalog --profile groups --group-size 10 --json",
      "  ./jbang load@catalog --against one-to-one,fan-out",
      "  ./jbang load@catalog --profile groups --flame-graphs",
      "  ./jbang load@catalog --rate 1000 --poisson --seconds 30",
      "  ./jbang load@catalog --find-capacity --slo p99=50ms --seconds 5",
      "  ./jbang load@catalog --rate 500 --storm-every 5 --slow-readers 1%",
      "",
      "Exit codes: 0 VALID; 1 any other verdict; 2 wrong use; 3 something around it is missing."
    })
public final class Load implements Callable<Integer> {
  @Mixin LoadFlags flags;

  @Option(
      names = "--against",
      split = ",",
      paramLabel = "TARGET",
      description = "Measure targets beside their twins instead: ${COMPLETION-CANDIDATES}, or all.",
      completionCandidates = Targets.Names.class)
  List<String> against = List.of();

  @Option(
      names = "--find-capacity",
      description =
          "Look for the highest rate that keeps --slo, then report at 50, 75, 90 % of it.")
  boolean findCapacity;

  @Option(names = "--slo", paramLabel = "pNN=MSms", description = "Of send to receive.")
  String slo = "p99=50ms";

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where results go; a new folder in .vyry/results when not given.")
  Path out;

  @Option(names = "--json", description = "One JSON object on stdout.")
  boolean json;

  @Option(names = "--help", usageHelp = true, description = "Show this page.")
  boolean help;

  public static void main(String[] arguments) {
    System.exit(Launch.run(new Load(), arguments));
  }

  @Override
  public Integer call() throws Exception {
    Logging.configure(Logging.Form.READABLE, ch.qos.logback.classic.Level.WARN);
    Path results = out == null ? Results.folder("load") : out;
    Flames flames = flags.flames(results);
    if (!against.isEmpty()) {
      var told = new TargetsTold(json);
      return told.run(against, flags.seconds(), flames, Progress.onStderr()) ? 0 : 1;
    }
    var run =
        new LoadRun(
            flags.options(),
            flags.pace(findCapacity),
            flags.rigSeconds(),
            flags::on,
            flames,
            Progress.onStderr());
    var told = new LoadTold(run, results, json);
    return told.run(findCapacity ? Slo.parse(slo) : null) ? 0 : 1;
  }
}
