package ci.check;

import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;
import fixtures.urls.RedisUrl;
import java.time.Duration;
import java.util.Locale;
import migrate.move.MoveProgress;
import migrate.move.Mover;
import migrate.move.Seal;
import migrate.move.Subject;
import migrate.move.messages.MessageSides;
import migrate.move.messages.MessagesMove;
import migrate.move.messages.Place;
import migrate.move.postgres.PostgresMoveOptions;
import migrate.move.postgres.PostgresMover;
import migrate.move.redis.RedisMover;

/// A mover in a process of its own, that can be killed: `subject verb`, with URLs in the
/// environment. It tells on stdout what it does.
public final class MoverProgram {
  static final String POSTGRES = "POSTGRES_URL";
  static final String REDIS = "REDIS_URL";
  static final String TO = "MOVE_TO_URL";
  static final String PLACE = "MOVE_TO_PLACE"; // of messages

  private static final Duration SHADOW = Duration.ofSeconds(1);

  private MoverProgram() {}

  /// Exit code 0 when the verb was done.
  public static void main(String... arguments) {
    try (Mover mover = mover(Subject.of(arguments[0]))) {
      switch (arguments[1]) {
        case "start" -> mover.start();
        case "resume" -> mover.resume();
        case "rollback" -> mover.rollback();
        case "finish" -> mover.finish();
        default -> throw new IllegalArgumentException(arguments[1]);
      }
    } catch (RuntimeException e) {
      System.out.println("mover: " + e.getMessage());
      System.exit(1);
    }
    System.exit(0);
  }

  private static Mover mover(Subject subject) {
    var progress =
        new MoveProgress() {
          @Override
          public void say(String line) {
            System.out.println(line);
          }
        };
    var seal = Seal.of(Seal.DEVELOPMENT_SECRET);
    var postgres = PostgresUrl.parse(System.getenv(POSTGRES));
    String to = System.getenv(TO);
    return switch (subject) {
      case POSTGRES ->
          new PostgresMover(
              postgres, PostgresUrl.parse(to), seal, PostgresMoveOptions.standard(), progress);
      case REDIS ->
          new RedisMover(
              postgres,
              RedisUrl.parse(System.getenv(REDIS)),
              RedisUrl.parse(to),
              seal,
              true,
              progress);
      case MESSAGES ->
          new MessagesMove(
              postgres,
              CqlUrl.parse(to),
              MessageSides.find(),
              seal,
              new MessagesMove.Options(
                  Place.valueOf(System.getenv(PLACE).toUpperCase(Locale.ROOT)),
                  100,
                  0,
                  true,
                  SHADOW),
              progress);
    };
  }
}
