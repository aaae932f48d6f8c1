package migrate.schema;

import fixtures.urls.UserError;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// What a step's file says about how it is to be done: lines `-- @name value` before `-- up`. A
/// value.
///
/// | directive | meaning |
/// |---|---|
/// | `@no-transaction` | each statement is committed by itself (`CREATE INDEX CONCURRENTLY`) |
/// | `@lock-timeout 500ms` | how long a statement waits for a lock before it is tried again |
/// | `@statement-timeout 10min` | how long a statement may run, or CQL's answer may take |
/// | `@max-blocking 2s` | how long it may keep somebody else's session waiting |
/// | `@expand` | adds what the next server version needs; the running one doesn't notice |
/// | `@contract` | takes away what the version before needed; no such server runs any more |
/// | `@offline` | no server runs meanwhile: `up` wants `--offline` for it |
/// | `@backfill table=t size=5000 rate=20000` | the one statement is run bit by bit: [Backfill] |
/// | `@java migrate.steps.postgres.Name` | that [JavaStep] is done after the statements |
/// | `@allow rule why` | `lint` passes over this rule here |
///
/// @param transaction whether the step and its line in the history are one transaction
/// @param lockTimeout empty for the runner's own
/// @param statementTimeout empty for none, in CQL for the session's own
/// @param maxBlocking empty for the runner's own
/// @param offline whether it blocks or breaks servers, and is only for when none runs
/// @param java the name of the [JavaStep]
/// @param allowed the names of `lint`'s rules that do not count here, with the reasons
public record Directives(
    boolean transaction,
    Optional<Duration> lockTimeout,
    Optional<Duration> statementTimeout,
    Optional<Duration> maxBlocking,
    Phase phase,
    boolean offline,
    Optional<Backfill> backfill,
    Optional<String> java,
    Map<String, String> allowed) {

  /// Which side of a release of the server a step belongs to.
  public enum Phase {
    /// Before it.
    EXPAND,
    /// After it, when no older server runs.
    CONTRACT,
    /// It makes no difference.
    ANY
  }

  /// Of a file without any.
  public static final Directives NONE = new Draft().finished();

  private static final Pattern DURATION = Pattern.compile("(\\d{1,6})\\s*(ms|s|min)");
  private static final Pattern CLASS = Pattern.compile("[a-z_0-9]+(\\.[a-z_0-9]+)*\\.[A-Z]\\w*");

  public Directives {
    allowed = Map.copyOf(allowed);
  }

  /// What was read of them so far. For one file and one thread.
  static final class Draft {
    private boolean transaction = true;
    private Duration lockTimeout;
    private Duration statementTimeout;
    private Duration maxBlocking;
    private Phase phase = Phase.ANY;
    private boolean offline;
    private Backfill backfill;
    private String java;
    private final Map<String, String> allowed = new TreeMap<>();

    /// @param text the comment, from `@` on
    /// @throws UserError when it is no directive or its value is none
    void add(String text, Dialect dialect) {
      String[] words = text.strip().split("\\s+", 2);
      String name = words[0];
      String value = words.length > 1 ? words[1].strip() : "";
      switch (name) {
        case "@no-transaction" -> {
          postgresOnly(name, dialect);
          none(name, value);
          transaction = false;
        }
        case "@lock-timeout" -> {
          postgresOnly(name, dialect);
          lockTimeout = duration(name, value);
        }
        case "@statement-timeout" -> statementTimeout = duration(name, value);
        case "@max-blocking" -> {
          postgresOnly(name, dialect);
          maxBlocking = duration(name, value);
        }
        case "@expand" -> phase(name, value, Phase.EXPAND);
        case "@contract" -> phase(name, value, Phase.CONTRACT);
        case "@offline" -> {
          none(name, value);
          offline = true;
        }
        case "@backfill" -> {
          backfill = Backfill.parse(value);
          transaction = false;
        }
        case "@java" -> {
          postgresOnly(name, dialect);
          if (!CLASS.matcher(value).matches()) {
            throw new UserError("'@java %s' names no class with its package".formatted(value));
          }
          java = value;
        }
        case "@allow" -> {
          String[] rule = value.split("\\s+", 2);
          if (rule.length < 2) {
            throw new UserError("'@allow %s' wants a rule of lint and the reason".formatted(value));
          }
          allowed.put(rule[0], rule[1]);
        }
        default ->
            throw new UserError(
                ("'%s' is no directive that is known here: @no-transaction, @lock-timeout,"
                        + " @statement-timeout, @max-blocking, @expand, @contract, @offline,"
                        + " @backfill, @java, @allow are")
                    .formatted(name));
      }
    }

    Directives finished() {
      return new Directives(
          transaction,
          Optional.ofNullable(lockTimeout),
          Optional.ofNullable(statementTimeout),
          Optional.ofNullable(maxBlocking),
          phase,
          offline,
          Optional.ofNullable(backfill),
          Optional.ofNullable(java),
          allowed);
    }

    private void phase(String name, String value, Phase side) {
      none(name, value);
      if (phase != Phase.ANY) {
        throw new UserError("a step is either @expand or @contract, and says it once");
      }
      phase = side;
    }
  }

  private static void postgresOnly(String name, Dialect dialect) {
    if (dialect != Dialect.POSTGRES) {
      throw new UserError("%s is for PostgreSQL's steps only: take it out".formatted(name));
    }
  }

  private static void none(String name, String value) {
    if (!value.isEmpty()) {
      throw new UserError("%s takes no value, and '%s' was given".formatted(name, value));
    }
  }

  private static Duration duration(String name, String value) {
    var match = DURATION.matcher(value);
    if (!match.matches()) {
      throw new UserError("'%s %s' is no time: write 500ms, 10s or 5min".formatted(name, value));
    }
    long number = Long.parseLong(match.group(1));
    return switch (match.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      default -> Duration.ofMinutes(number);
    };
  }
}
