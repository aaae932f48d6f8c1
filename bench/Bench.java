///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25
//JAVA_OPTIONS -XX:+UseSerialGC -Xmx1g --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED
//SOURCES package-info.java
//SOURCES jmh/package-info.java
package bench;

import bench.jmh.CountsRun;
import bench.jmh.JmhFlags;
import bench.jmh.JmhRun;
import bench.jmh.JmhTable;
import bench.jmh.ProofFailed;
import bench.results.Progress;
import bench.results.SideBySide;
import ch.qos.logback.classic.Level;
import java.util.concurrent.Callable;
import migrate.command.Launch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import server.operations.Logging;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `bench@catalog`: the hot path's depths, each beside its twin, on JMH.
@Command(
    name = "bench",
    usageHelpWidth = 100,
    showDefaultValues = true,
    description = {
      "Measures each depth of the hot path by itself, beside a twin that does the same by plain",
      "means, after a proof that both give equal answers. Databases are started when needed."
    },
    footer = {
      "",
      "Examples:",
      "  ./jbang bench@catalog --list",
      "  ./jbang bench@catalog Encode Decode --values smoke",
      "  ./jbang bench@catalog Append -p engine=postgres,cql -p batch=1,128 --profile",
      "  ./jbang bench@catalog --side-by-side --values smoke --engine container",
      "  ./jbang bench@catalog --counts --out now    # then compare@catalog bench now --counts",
      "",
      "Exit codes: 0 measured; 1 a twin gives other answers; 2 wrong use; 3 something around it is"
          + " missing."
    })
public final class Bench implements Callable<Integer> {
  @Mixin JmhFlags flags;

  @Option(names = "--list", description = "Say what there is and measure nothing.")
  boolean list;

  @Option(
      names = "--counts",
      description = "Bytes, statements, commands of a message: counted, for compare@catalog.")
  boolean counts;

  @Option(names = "--json", description = "JMH's JSON, with raw data and environment, on stdout.")
  boolean json;

  @Option(names = "--help", usageHelp = true, description = "Show this page.")
  boolean help;

  public static void main(String[] arguments) {
    System.exit(Launch.run(new Bench(), arguments));
  }

  @Override
  public Integer call() throws Exception {
    // Counting starts PostgreSQL once more on purpose, which else is worth a warning.
    Logging.configure(Logging.Form.READABLE, counts ? Level.ERROR : Level.WARN);
    if (list) {
      JmhRun.described().forEach(System.out::println);
      return 0;
    }
    if (counts) {
      var counted = CountsRun.run(flags.out("counts"), Progress.onStderr());
      System.out.println(
          json ? new JsonMapper().writeValueAsString(counted) : CountsRun.table(counted));
      return 0;
    }
    var run = new JmhRun(flags.options(), Progress.onStderr());
    System.err.println("about " + run.seconds() + " s, and a second or two for each JVM");
    try {
      JsonNode results = run.run();
      if (!run.over()) {
        return 1; // the process was told to end, and what there is was told
      }
      String table = flags.sideBySide() ? SideBySide.of(results).toString() : JmhTable.of(results);
      System.out.println(json ? results.toPrettyString() : table);
      return 0;
    } catch (ProofFailed e) {
      System.err.println("bench: " + e.getMessage());
      return 1;
    }
  }
}
