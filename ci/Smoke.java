///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//SOURCES package-info.java
package ci;

import ci.run.Folders;
import ci.run.Logs;
import ci.smoke.Check;
import ci.smoke.PostgresSmoke;
import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.PostgresUrl;
import fixtures.urls.Settings;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/// Tries the migrations: from empty to the newest version, down again, and two runs at once.
@Command(
    name = "smoke",
    mixinStandardHelpOptions = true,
    description = {
      "Takes the PostgreSQL schema up, down and up again, as a whole and step by step, compares"
          + " what",
      "the catalogs say, and lets two runs meet. Works in databases of its own, which it drops."
    },
    footer = {
      "",
      "Example: smoke@catalog --postgres-url postgres://me:secret@localhost:5432/postgres",
      "Exit code: 0 all checks passed, 1 one failed, 2 wrong use, 3 no database."
    })
public final class Smoke implements Callable<Integer> {
  @Option(
      names = "--postgres-url",
      paramLabel = "URL",
      description = "a server where databases may be created (default: an embedded one)")
  String postgresUrl;

  @Option(names = "--json", description = "print the checks as JSON")
  boolean json;

  public static void main(String... args) {
    ci.run.Command.main(new Smoke(), args);
  }

  @Override
  public Integer call() throws Exception {
    Logs.onlyWarnings();
    var checks = new ArrayList<Check>();
    if (postgresUrl != null) {
      run(PostgresUrl.parse(postgresUrl), checks);
    } else {
      var home = Home.of(Settings.ofThisProcess(Map.of(), Map.of()));
      var data = Files.createTempDirectory("vyry-smoke");
      try (var engine = EmbeddedPostgres.start(home.withData(data), EngineOptions.standard())) {
        run(PostgresUrl.parse(engine.url()), checks);
      } finally {
        Folders.delete(data);
      }
    }
    long failed = checks.stream().filter(check -> !check.passed()).count();
    if (json) System.out.println(new JsonMapper().writeValueAsString(checks));
    else System.out.printf("%d checks passed, %d failed%n", checks.size() - failed, failed);
    return failed == 0 ? ci.run.Command.OK : ci.run.Command.CHECK_FAILED;
  }

  private void run(PostgresUrl server, ArrayList<Check> checks) throws Exception {
    new PostgresSmoke(
            server,
            check -> {
              checks.add(check);
              (json ? System.err : System.out).println(check.line());
            })
        .run();
  }
}
