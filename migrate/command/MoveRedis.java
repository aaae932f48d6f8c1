package migrate.command;

import fixtures.urls.RedisUrl;
import fixtures.urls.Settings;
import fixtures.urls.UserError;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import migrate.move.Seal;
import migrate.move.redis.RedisMover;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `move redis`: to another Redis.
@Command(
    name = "redis",
    description = {
      "Move a running system to another Redis. Servers connect there and subscribe again; nothing",
      "waits, and messages that were published in between are found by their numbers. With --carry",
      "one-time codes and rate-limit counters are copied, so that nobody has to log in twice."
    },
    footer = {
      "",
      "The old Redis is named by REDIS_URL, the new one by --to or by the setting MOVE_TO_URL.",
      "",
      "Example: ./jbang migrate@catalog move redis --to redis://new-host --carry"
    })
public final class MoveRedis implements Callable<Integer> {
  @Mixin private MoveVerb verb;

  @Option(names = "--to", paramLabel = "URL", description = "The new Redis (MOVE_TO_URL).")
  private String to;

  @Option(names = "--redis-url", paramLabel = "URL", description = "Instead of REDIS_URL.")
  private String redisUrl;

  @Option(names = "--postgres-url", paramLabel = "URL", description = "Instead of POSTGRES_URL.")
  private String postgresUrl;

  @Option(names = "--carry", description = "Copy one-time codes and rate-limit counters.")
  private boolean carry;

  /// For picocli.
  public MoveRedis() {}

  @Override
  public Integer call() {
    Map<String, String> flags = new HashMap<>();
    flags.put(Settings.POSTGRES_URL, postgresUrl);
    flags.put(Settings.REDIS_URL, redisUrl);
    flags.put(MovePostgres.TO, to);
    flags.values().removeIf(value -> value == null);
    Settings settings = Settings.ofThisProcess(Map.of(), flags);
    settings.warnings().forEach(System.err::println);
    var postgres =
        settings
            .postgres()
            .orElseThrow(
                () -> new UserError("POSTGRES_URL is not set: by that database servers are told"));
    var source =
        settings
            .redis()
            .orElseThrow(() -> new UserError("REDIS_URL is not set: it names the old Redis"));
    var target = RedisUrl.parse(MovePostgres.target(settings, to));
    MovePostgres.warnOfPassword(settings, to, target.password());
    try (var bar = new MoveBar();
        var mover = new RedisMover(postgres, source, target, Seal.of(settings), carry, bar)) {
      return verb.tell(mover, System.out);
    }
  }
}
