package migrate.command;

import fixtures.urls.Settings;
import fixtures.urls.UserError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import migrate.schema.Dialect;
import picocli.CommandLine.Option;

/// The options that say which databases are meant, and the opening of them.
public final class Targets {
  private static final int LOCK_TIMEOUT_SECONDS = 60; // as long as another deployment may well take

  private static final int MAX_BLOCKING_MILLIS = 1_000; // people begin to notice

  @Option(
      names = "--only",
      paramLabel = "postgres|cql",
      description =
          "One of the databases; without it PostgreSQL, and CQL where SCYLLADB_URL is set.")
  private String only;

  @Option(names = "--postgres-url", paramLabel = "URL", description = "Instead of POSTGRES_URL.")
  private String postgresUrl;

  @Option(names = "--scylladb-url", paramLabel = "URL", description = "Instead of SCYLLADB_URL.")
  private String scyllaUrl;

  @Option(
      names = "--lock-timeout",
      paramLabel = "SECONDS",
      description = "How long to wait for another run (default: ${DEFAULT-VALUE}).")
  private int lockTimeoutSeconds = LOCK_TIMEOUT_SECONDS;

  @Option(
      names = "--max-blocking",
      paramLabel = "MILLIS",
      description =
          "PostgreSQL: stop a step that keeps a session waiting for longer (default:"
              + " ${DEFAULT-VALUE}); it is then tried again.")
  private int maxBlockingMillis = MAX_BLOCKING_MILLIS;

  /// For picocli.
  public Targets() {}

  Duration lockTimeout() {
    if (lockTimeoutSeconds < 0) {
      throw new UserError("--lock-timeout is %d: give 0 or more".formatted(lockTimeoutSeconds));
    }
    return Duration.ofSeconds(lockTimeoutSeconds);
  }

  private Duration maxBlocking() {
    if (maxBlockingMillis < 1) {
      throw new UserError("--max-blocking is %d: give 1 or more".formatted(maxBlockingMillis));
    }
    return Duration.ofMillis(maxBlockingMillis);
  }

  Settings settings() {
    var flags = new HashMap<String, String>();
    if (postgresUrl != null) {
      flags.put(Settings.POSTGRES_URL, postgresUrl);
    }
    if (scyllaUrl != null) {
      flags.put(Settings.SCYLLADB_URL, scyllaUrl);
    }
    return Settings.ofThisProcess(Map.of(), flags);
  }

  /// How many databases are meant.
  int count() {
    return dialects(settings()).size();
  }

  /// Which of the dialects was named by `--only`, or empty.
  Optional<Dialect> only() {
    return only == null ? Optional.empty() : Optional.of(dialects(settings()).getFirst());
  }

  /// Opens each of them in turn, gives it to `work` and closes it.
  void each(Consumer<Database> work) {
    var settings = settings();
    settings.warnings().forEach(System.err::println);
    for (var dialect : dialects(settings)) {
      try (var database = open(dialect, settings)) {
        work.accept(database);
      }
    }
  }

  private List<Dialect> dialects(Settings settings) {
    if (only == null) {
      var dialects = new ArrayList<>(List.of(Dialect.POSTGRES));
      settings.cql().ifPresent(_ -> dialects.add(Dialect.CQL));
      return dialects;
    }
    for (var dialect : Dialect.values()) {
      if (dialect.option().equals(only)) {
        return List.of(dialect);
      }
    }
    throw new UserError("--only is '%s': write postgres or cql".formatted(only));
  }

  private Database open(Dialect dialect, Settings settings) {
    return switch (dialect) {
      case POSTGRES -> PostgresDatabase.open(settings, maxBlocking());
      case CQL -> CqlDatabase.open(settings);
    };
  }
}
