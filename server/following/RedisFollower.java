package server.following;

import fixtures.urls.RedisUrl;
import java.util.Optional;
import migrate.move.Seal;
import migrate.move.Subject;
import migrate.move.Word;
import migrate.move.Words;
import migrate.move.redis.RedisPlaces;
import migrate.schema.PostgresSource;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.redis.Redis;
import server.redis.RedisAway;

/// Takes a node from one Redis to another. Nothing waits: what was published in between is found by
/// `seq`. On the thread of [Following].
public final class RedisFollower implements Follower {
  private static final Logger log = LoggerFactory.getLogger(RedisFollower.class);

  private final Redis redis;
  private RedisUrl current;

  /// @param current where `redis` is connected to
  public RedisFollower(Redis redis, RedisUrl current) {
    this.redis = redis;
    this.current = current;
  }

  @Override
  public String follow(Word word, String url) {
    if (word.command() != Word.Command.MOVED) {
      return "serving";
    }
    RedisPlaces places = RedisPlaces.parse(url);
    if (!current.text().equals(places.from())) {
      return "serving"; // from the new one already, or from one of its own settings' choice
    }
    RedisUrl next = RedisUrl.parse(places.to());
    try {
      redis.move(next);
    } catch (RedisAway e) {
      return Words.FAILED + next.masked() + " does not answer";
    }
    current = next;
    return "moved";
  }

  /// Which Redis a node that starts is to use: that of its settings, or the one it was moved to.
  ///
  /// @param postgres where the words are read
  public static RedisUrl locate(
      RedisUrl configured, fixtures.urls.PostgresUrl postgres, Seal seal) {
    try (var connection = PostgresSource.of(postgres).getConnection()) {
      var dsl = DSL.using(connection, SQLDialect.POSTGRES);
      if (dsl.fetchSingle("SELECT to_regclass('move_controls')").get(0) == null) {
        return configured; // a schema of before there were moves
      }
      Optional<Word> word = new Words(dsl).about(Subject.REDIS);
      if (word.isPresent() && word.get().command() == Word.Command.MOVED) {
        RedisPlaces places = RedisPlaces.parse(seal.open(word.get().url().orElseThrow()));
        if (configured.text().equals(places.from())) {
          RedisUrl next = RedisUrl.parse(places.to());
          log.warn(
              "REDIS_URL names {}, which was moved to {}: set it to the new one",
              configured.masked(),
              next.masked());
          return next;
        }
      }
      return configured;
    } catch (java.sql.SQLException e) {
      throw new fixtures.urls.EnvironmentError(
          "PostgreSQL can't be asked whether Redis was moved: " + e.getMessage(), e);
    }
  }
}
