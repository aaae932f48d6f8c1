///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25
//JAVA_OPTIONS -XX:+UseSerialGC -Xms512m -Xmx2g
//SOURCES package-info.java
package bench;

import bench.client.Encoding;
import bench.compare.Line;
import bench.compare.Targets;
import bench.load.LoadOptions;
import bench.load.LoadResult;
import bench.load.LoadRun;
import bench.load.Verdict;
import fixtures.urls.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import migrate.command.Launch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import server.operations.Logging;
import tools.jackson.databind.json.JsonMapper;

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
      "  ./jbang load@catalog --rate 1000 --poisson --seconds 30",
      "",
      "Exit codes: 0 VALID; 1 any other verdict; 2 wrong use; 3 something around it is missing."
    })
public final class Load implements Callable<Integer> {
  @Option(names = "--store", paramLabel = "S", description = "postgres or cql.")
  LoadOptions.Store store = LoadOptions.Store.POSTGRES;

  @Option(names = "--profile", paramLabel = "P", description = "${COMPLETION-CANDIDATES}.")
  LoadOptions.Profile profile = LoadOptions.Profile.ONE_TO_ONE;

  @Option(names = "--rate", paramLabel = "R", description = "Messages a second; 0: closed loop.")
  double rate;

  @Option(names = "--poisson", description = "Random arrivals; else evenly spaced.")
  boolean poisson;

  @Option(names = "--seconds", paramLabel = "S", description = "Measured time.")
  int seconds = 20;

  @Option(names = "--warmup", paramLabel = "S", description = "Before it; not counted.")
  int warmup = 20;

  @Option(names = "--servers", paramLabel = "N", description = "Nodes.")
  int servers = 1;

  @Option(names = "--payload", paramLabel = "BYTES", description = "Content of a message.")
  int payload = 256;

  @Option(names = "--cbor", description = "Frames as CBOR; else JSON.")
  boolean cbor;

  @Option(names = "--sockets", paramLabel = "N", description = "That talk.")
  int sockets = 200;

  @Option(names = "--group-size", paramLabel = "N", description = "Members of a group.")
  int groupSize = 10;

  @Option(names = "--in-flight", paramLabel = "N", description = "Of a socket; closed loop.")
  int inFlight = 8;

  @Option(names = "--loops", paramLabel = "N", description = "Threads of the loader.")
  int loops = 1;

  @Option(names = "--stalled-readers", paramLabel = "PERCENT", description = "That stop reading.")
  String stalled = "0%";

  @Option(
      names = "--against",
      split = ",",
      paramLabel = "TARGET",
      description = "Measure targets beside their twins instead: ${COMPLETION-CANDIDATES}, or all.",
      completionCandidates = Targets.Names.class)
  List<String> against = List.of();

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
    if (!against.isEmpty()) {
      return compare();
    }
    if (rate < 0 || seconds < 1 || sockets < 2 || inFlight < 1 || groupSize < 2) {
      throw new UserError("a number is too small; see --help");
    }
    var encoding = cbor ? Encoding.CBOR : Encoding.JSON;
    var options =
        new LoadOptions(
            store, profile, rate, poisson, warmup, seconds, servers, payload, encoding, sockets,
            groupSize, inFlight, 16, 50, share(), loops, 1);
    LoadResult result = LoadRun.run(options, System.err::println);
    System.out.println(
        json ? new JsonMapper().writeValueAsString(result.fields()) : result.table());
    return result.verdict().kind() == Verdict.Kind.VALID ? 0 : 1;
  }

  private double share() {
    try {
      return Double.parseDouble(stalled.replace("%", "")) / 100;
    } catch (NumberFormatException _) {
      throw new UserError("'" + stalled + "' is no percentage: write --stalled-readers 1%");
    }
  }

  private int compare() throws Exception {
    List<Line> lines = new ArrayList<>();
    var wanted = against.equals(List.of("all")) ? Targets.names() : against;
    Targets.run(
        wanted,
        seconds,
        System.err::println,
        line -> {
          lines.add(line);
          (json ? System.err : System.out).println(line);
        });
    if (json) {
      System.out.println(new JsonMapper().writeValueAsString(lines));
    }
    return lines.stream().allMatch(Line::met) ? 0 : 1;
  }
}
