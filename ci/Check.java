///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//JAVA_OPTIONS --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED
//SOURCES package-info.java
package ci;

import ci.check.CheckOptions;
import ci.check.Runs;
import ci.run.Command;
import ci.run.Logs;
import fixtures.urls.UserError;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Option;

/// Checks the promises of the wire contract while parts of the system are killed.
@picocli.CommandLine.Command(
    name = "check",
    mixinStandardHelpOptions = true,
    usageHelpWidth = 100,
    description = {
      "Drives many clients through two servers, kills and pauses servers and databases meanwhile,",
      "and judges afterwards, from what every client was told, whether each promise was kept.",
      "Everything it needs it starts by itself, in a scratch folder."
    },
    footer = {
      "",
      "Examples:",
      "  ./jbang check@catalog",
      "  ./jbang check@catalog --messages 1000000 --seed 7 --json",
      "  ./jbang check@catalog --store cql --faults kill-cql,kill-server",
      "  ./jbang check@catalog --during \"move postgres\" --kill mover@cut",
      "",
      "Exit codes: 0 every promise was kept; 1 one was not, named with the message's history;",
      "2 wrong use; 3 an engine or a server did not start or did not come back."
    })
public final class Check implements Callable<Integer> {
  private static final int FEWEST_MESSAGES = 100;
  private static final int MOST_MESSAGES = 20_000_000; // some 500 bytes of memory each

  enum Store {
    postgres,
    cql
  }

  @Option(
      names = "--store",
      paramLabel = "NAME",
      description = "where messages live: ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}")
  Store store = Store.postgres;

  @Option(names = "--messages", paramLabel = "N", description = "default: ${DEFAULT-VALUE}")
  int messages = 20_000;

  @Option(
      names = "--faults",
      paramLabel = "LIST",
      description = {
        "of kill-server, kill-postgres, kill-redis, kill-cql, cut-sockets, stall-readers, pause;",
        "or none; default: all that the store has"
      })
  String faults;

  @Option(
      names = "--during",
      paramLabel = "MOVE",
      description = {
        "instead of faults, make \"move postgres\", \"move redis\" or \"move messages\";",
        "with \" and back\" behind it also a roll-back"
      })
  String during;

  @Option(
      names = "--times",
      paramLabel = "N",
      description = "with \"… and back\": there and back so often, in one run; default: 1")
  int times = 1;

  @Option(names = "--stored", paramLabel = "N", description = "with --during: so much to be copied")
  int stored;

  @Option(
      names = "--kill",
      paramLabel = "PART@PLACE",
      description = {
        "with --during: kill mover, server, source or target there; mover@all: at each place,",
        "one run after the other; all: everybody at each"
      })
  String kill;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "with --during: how long sends took, its phases marked, as HTML and JSON")
  Path report;

  @Option(names = "--seed", paramLabel = "S", description = "default: another one each time")
  Long seed;

  @Option(names = "--json", description = "print the verdict as JSON")
  boolean json;

  public static void main(String... args) {
    Command.main(new Check(), args);
  }

  @Override
  public Integer call() throws Exception {
    if (messages < FEWEST_MESSAGES || messages > MOST_MESSAGES) {
      throw new UserError(
          "--messages is %d: write %d to %d".formatted(messages, FEWEST_MESSAGES, MOST_MESSAGES));
    }
    boolean cql = store == Store.cql;
    long chosen = seed == null ? ThreadLocalRandom.current().nextInt(1_000_000) : seed;
    Logs.onlyErrors();
    var all = CheckOptions.all(cql, messages, faults, during, times, kill, stored, chosen);
    return new Runs(System.out, json, report).pass(all) ? Command.OK : Command.CHECK_FAILED;
  }
}
