///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//JAVA_OPTIONS --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED
//SOURCES package-info.java
package ci;

import ci.run.Logs;
import ci.smoke.Check;
import ci.smoke.Smoking;
import ci.smoke.Smoking.Engines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.concurrent.Callable;
import migrate.schema.Dialect;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/// Tries the migrations of PostgreSQL and CQL.
@Command(
    name = "smoke",
    mixinStandardHelpOptions = true,
    usageHelpWidth = 100,
    description = {
      "Tries the migrations: from empty and from each earlier version with rows in it, up and"
          + " down,",
      "with two runners, with runners that are killed, and under servers in use, of which no"
          + " request",
      "may fail. Works in databases of its own, beside the given one, and drops them."
    },
    footer = {
      "",
      "Examples:",
      "  ./jbang smoke@catalog --junit smoke.xml",
      "  ./jbang smoke@catalog --only postgres --postgres-version 14",
      "  ./jbang smoke@catalog --only postgres --postgres-url postgres://me:secret@db:5432/copy",
      "",
      "Exit codes: 0 all checks passed; 1 one failed, and no further kinds were tried; 2 wrong"
          + " use;",
      "3 no database."
    })
public final class Smoke implements Callable<Integer> {
  @Option(names = "--only", paramLabel = "postgres|cql", description = "one of the databases")
  String only;

  @Option(
      names = "--engine",
      paramLabel = "KIND",
      description = "what is started where no URL is given: ${COMPLETION-CANDIDATES}")
  Engines engine = Engines.EMBEDDED;

  @Option(
      names = "--postgres-version",
      paramLabel = "N",
      description = "of an embedded PostgreSQL: 14 to 18, the default")
  Integer postgresVersion;

  @Option(
      names = "--postgres-url",
      paramLabel = "URL",
      description = "a server where databases may be created; the named one is left alone")
  String postgresUrl;

  @Option(
      names = "--scylladb-url",
      paramLabel = "URL",
      description = "a cluster where keyspaces may be created; the named one is left alone")
  String scyllaUrl;

  @Option(names = "--junit", paramLabel = "FILE", description = "also as a JUnit XML file")
  Path junit;

  @Option(
      names = "--latency",
      paramLabel = "ROWS",
      description = {
        "instead: how long writes to a table of so many rows take while it is changed,",
        "with plain statements and with steps"
      })
  Integer latencyRows;

  @Option(names = "--json", description = "print the checks as JSON")
  boolean json;

  public static void main(String... args) {
    ci.run.Command.main(new Smoke(), args);
  }

  @Override
  public Integer call() throws Exception {
    Logs.onlyErrors();
    var urls = new EnumMap<Dialect, String>(Dialect.class);
    if (postgresUrl != null) urls.put(Dialect.POSTGRES, postgresUrl);
    if (scyllaUrl != null) urls.put(Dialect.CQL, scyllaUrl);
    var checks = new ArrayList<Check>();
    var smoking =
        new Smoking(
            urls,
            engine,
            postgresVersion,
            check -> {
              checks.add(check);
              (json ? System.err : System.out).println(check.line());
            });
    if (latencyRows != null) {
      smoking.latency(latencyRows, json, System.out);
      return ci.run.Command.OK;
    }
    smoking.run(Smoking.dialects(only));
    long failed = checks.stream().filter(check -> !check.passed()).count();
    if (junit != null) Smoking.report(junit, checks);
    if (json) System.out.println(new JsonMapper().writeValueAsString(checks));
    else System.out.printf("%d checks passed, %d failed%n", checks.size() - failed, failed);
    return failed == 0 ? ci.run.Command.OK : ci.run.Command.CHECK_FAILED;
  }
}
