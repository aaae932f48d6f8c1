package migrate.command;

import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;
import fixtures.urls.Settings;
import fixtures.urls.UserError;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import migrate.backup.Backup;
import migrate.move.messages.MessageSide;
import migrate.move.messages.MessageSides;
import migrate.schema.Schema;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `backup`: both databases into a folder.
@Command(
    name = "backup",
    description = {
      "Copy PostgreSQL, and messages of the CQL database where there is one, into a folder: one",
      "snapshot, by pg_dump where it is on the path and new enough, else table by table."
    },
    footer = {"", "Example: ./jbang migrate@catalog backup /backups/monday"})
public final class BackUp implements Callable<Integer> {
  @Mixin private Where where;

  @Parameters(paramLabel = "FOLDER", description = "A folder that is empty or not there yet.")
  private Path folder;

  /// For picocli.
  public BackUp() {}

  @Override
  public Integer call() {
    System.out.println(where.with(false, backup -> backup.write(folder)));
    return 0;
  }

  /// Which databases, and how.
  public static final class Where {
    @Option(names = "--postgres-url", paramLabel = "URL", description = "Instead of POSTGRES_URL.")
    private String postgresUrl;

    @Option(names = "--scylladb-url", paramLabel = "URL", description = "Instead of SCYLLADB_URL.")
    private String scyllaUrl;

    @Option(
        names = "--no-tools",
        description = "Do without pg_dump and pg_restore, though they are there.")
    private boolean noTools;

    /// For picocli.
    public Where() {}

    /// @param empty whether the CQL schema is to be made
    String with(boolean empty, Function<Backup, String> work) {
      Map<String, String> flags = new HashMap<>();
      if (postgresUrl != null) {
        flags.put(Settings.POSTGRES_URL, postgresUrl);
      }
      if (scyllaUrl != null) {
        flags.put(Settings.SCYLLADB_URL, scyllaUrl);
      }
      Settings settings = Settings.ofThisProcess(Map.of(), flags);
      settings.warnings().forEach(System.err::println);
      PostgresUrl postgres =
          settings
              .postgres()
              .orElseThrow(() -> new UserError("POSTGRES_URL is not set: it names the database"));
      Optional<CqlUrl> cql = settings.cql();
      if (empty) {
        cql.ifPresent(url -> Schema.cql().up(url));
      }
      Optional<MessageSide> side = cql.map(url -> MessageSides.find().cql(url));
      try (var bar = new MoveBar()) {
        return work.apply(new Backup(postgres, side, !noTools, bar));
      } finally {
        side.ifPresent(MessageSide::close);
      }
    }
  }
}
