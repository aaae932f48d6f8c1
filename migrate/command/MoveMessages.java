package migrate.command;

import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;
import fixtures.urls.Settings;
import fixtures.urls.UserError;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import migrate.move.Seal;
import migrate.move.messages.MessageSides;
import migrate.move.messages.MessagesMove;
import migrate.move.messages.Place;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `move messages`: from PostgreSQL to CQL, or back.
@Command(
    name = "messages",
    description = {
      "Move messages from PostgreSQL to CQL or back, while people write: copied by conversations,",
      "compared by checksums, cut over some conversations at a time, each in some milliseconds."
          + " Until",
      "--finish the way back is as short. Servers follow by themselves; they must share this",
      "command's VYRY_SECRET."
    },
    footer = {
      "",
      "PostgreSQL, which has the conversations in either case, is named by POSTGRES_URL. The CQL",
      "database is named by --to or, so that its password is not seen in the list of processes, by",
      "MOVE_TO_URL or SCYLLADB_URL; on the way to PostgreSQL by SCYLLADB_URL.",
      "",
      "Examples:",
      "  ./jbang migrate@catalog move messages --to scylladb://host/vyry --share 10",
      "  ./jbang migrate@catalog move messages --to scylladb://host/vyry --resume",
      "  ./jbang migrate@catalog move messages --to postgres"
    })
public final class MoveMessages implements Callable<Integer> {
  private static final String TO_URL = "MOVE_TO_URL";

  @Mixin private MoveVerb verb;

  @Option(
      names = "--to",
      paramLabel = "URL",
      description = "The CQL database, or postgres for the way back (MOVE_TO_URL).")
  private String to;

  @Option(names = "--postgres-url", paramLabel = "URL", description = "Instead of POSTGRES_URL.")
  private String postgresUrl;

  @Option(names = "--scylladb-url", paramLabel = "URL", description = "Instead of SCYLLADB_URL.")
  private String scyllaUrl;

  @Option(
      names = "--share",
      paramLabel = "PERCENT",
      description = "Cut over so many percent of the conversations, then stop; --resume goes on.")
  private int share = 100;

  @Option(
      names = "--max-rate",
      paramLabel = "N",
      description = "Copy at most so many messages a second.")
  private long maxRate;

  @Option(
      names = "--full-speed",
      description = "Copy as fast as it goes, though others may be answered later.")
  private boolean fullSpeed;

  @Option(
      names = "--shadow",
      paramLabel = "SECONDS",
      description = {
        "Before the first cut-over, have servers make live reads from both stores for so long, and",
        "stop when answers differ (default: ${DEFAULT-VALUE})."
      })
  private int shadowSeconds = 5;

  private static final int MOST_SHADOW_SECONDS = 3_600; // longer is another --resume

  /// For picocli.
  public MoveMessages() {}

  @Override
  public Integer call() {
    if (share < 1
        || share > 100
        || maxRate < 0
        || shadowSeconds < 0
        || shadowSeconds > MOST_SHADOW_SECONDS) {
      throw new UserError(
          "--share is %d, --max-rate %d, --shadow %d: write 1 to 100, 0 or more, and 0 to %d"
              .formatted(share, maxRate, shadowSeconds, MOST_SHADOW_SECONDS));
    }
    Settings settings = settings();
    settings.warnings().forEach(System.err::println);
    PostgresUrl postgres =
        settings
            .postgres()
            .orElseThrow(() ->
                new UserError(
                    "POSTGRES_URL is not set: it names the database of the conversations"));
    String target = settings.get(TO_URL).orElse("");
    Place place = target.startsWith("postgres") ? Place.POSTGRES : Place.CQL;
    CqlUrl cql =
        place == Place.CQL && !target.isEmpty()
            ? CqlUrl.parse(target)
            : settings
                .cql()
                .orElseThrow(() ->
                    new UserError("where is the CQL database? Give --to URL or SCYLLADB_URL"));
    var options =
        new MessagesMove.Options(
            place, share, maxRate, !fullSpeed, Duration.ofSeconds(shadowSeconds));
    try (var bar = new MoveBar();
        var mover =
            new MessagesMove(postgres, cql, MessageSides.find(), Seal.of(settings), options, bar)) {
      return verb.tell(mover, System.out);
    }
  }

  private Settings settings() {
    Map<String, String> flags = new HashMap<>();
    put(flags, Settings.POSTGRES_URL, postgresUrl);
    put(flags, Settings.SCYLLADB_URL, scyllaUrl);
    put(flags, TO_URL, to);
    return Settings.ofThisProcess(Map.of(), flags);
  }

  private static void put(Map<String, String> flags, String name, String value) {
    if (value != null) {
      flags.put(name, value);
    }
  }
}
