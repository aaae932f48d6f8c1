package migrate.command;

import fixtures.urls.PostgresUrl;
import fixtures.urls.Settings;
import fixtures.urls.UserError;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import migrate.move.Seal;
import migrate.move.postgres.PostgresMoveOptions;
import migrate.move.postgres.PostgresMoveOptions.Follow;
import migrate.move.postgres.PostgresMover;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `move postgres`: to another PostgreSQL.
@Command(
    name = "postgres",
    description = {
      "Move a running system to another PostgreSQL: copied by ranges, followed by logical",
      "replication, compared row by row, cut over while writes wait for a moment. The old database",
      "is kept current until --finish, so that --rollback loses nothing. Servers follow by",
      "themselves; they must share this command's VYRY_SECRET."
    },
    footer = {
      "",
      "Both databases are named by URLs, the old one by POSTGRES_URL, the new one by --to or, so",
      "that its password is not seen in the list of processes, by the setting MOVE_TO_URL.",
      "",
      "Examples:",
      "  ./jbang migrate@catalog move postgres --to postgres://me@new-host/vyry --preflight",
      "  ./jbang migrate@catalog move postgres --to postgres://me@new-host/vyry",
      "  ./jbang migrate@catalog move postgres --to postgres://me@new-host/vyry --finish"
    })
public final class MovePostgres implements Callable<Integer> {
  @Mixin private MoveVerb verb;

  @Option(names = "--to", paramLabel = "URL", description = "The new database (MOVE_TO_URL).")
  private String to;

  @Option(names = "--postgres-url", paramLabel = "URL", description = "Instead of POSTGRES_URL.")
  private String postgresUrl;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Ranges copied at once (default: ${DEFAULT-VALUE}).")
  private int workers = PostgresMoveOptions.WORKERS;

  @Option(
      names = "--max-rate",
      paramLabel = "MB/S",
      description = "Copy at most so fast; without it, as fast as the servers' commits allow.")
  private double maxRate;

  @Option(
      names = "--follow",
      paramLabel = "HOW",
      description = {
        "How the copy follows: ${COMPLETION-CANDIDATES}. By default by logical replication, or by",
        "triggers where that may not be used; --preflight tells which, and what it costs."
      })
  private Follow follow = Follow.ANY;

  @Option(names = "--hold", description = "Stop before the cut-over.")
  private boolean hold;

  /// For picocli.
  public MovePostgres() {}

  @Override
  public Integer call() {
    if (workers < 1 || workers > MOST_WORKERS || maxRate < 0) {
      throw new UserError(
          "--workers is %d, --max-rate %s: write 1 to %d, and 0 or more"
              .formatted(workers, maxRate, MOST_WORKERS));
    }
    Settings settings = settings();
    settings.warnings().forEach(System.err::println);
    PostgresUrl source =
        settings
            .postgres()
            .orElseThrow(
                () -> new UserError("POSTGRES_URL is not set: it names the database to be moved"));
    PostgresUrl target = PostgresUrl.parse(target(settings, to));
    warnOfPassword(settings, to, target.password());
    var options = new PostgresMoveOptions(workers, maxRate * 1e6, hold, follow);
    try (var bar = new MoveBar();
        var mover = new PostgresMover(source, target, Seal.of(settings), options, bar)) {
      return verb.tell(mover, System.out);
    }
  }

  /// The setting that names where to.
  static final String TO = "MOVE_TO_URL";

  static String target(Settings settings, String to) {
    return settings
        .get(TO)
        .orElseThrow(() -> new UserError("where to? Give --to URL, or the setting " + TO));
  }

  /// A command's arguments are seen by everybody on its machine.
  static void warnOfPassword(Settings settings, String to, String password) {
    if (to == null || password.isEmpty()) {
      return;
    }
    if (settings.production()) {
      throw new UserError(
          "--to has a password, which everybody on this machine sees in the list of processes:"
              + " give the URL by the setting "
              + TO);
    }
    System.err.println(
        "--to shows its password in the list of processes: the setting " + TO + " does not");
  }

  private static final int MOST_WORKERS = 64; // connections that a server spares

  private Settings settings() {
    Map<String, String> flags = new HashMap<>();
    if (postgresUrl != null) {
      flags.put(Settings.POSTGRES_URL, postgresUrl);
    }
    if (to != null) {
      flags.put(TO, to);
    }
    return Settings.ofThisProcess(Map.of(), flags);
  }
}
