package server.following;

import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import fixtures.urls.UserError;
import java.sql.SQLException;
import java.util.Optional;
import migrate.move.Seal;
import migrate.move.Subject;
import migrate.move.Word;
import migrate.move.Words;
import migrate.move.postgres.Outcome;
import migrate.schema.PostgresSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which PostgreSQL a node that starts is to serve from: its settings may name one that was moved
/// since.
public final class Whereabouts {
  private static final Logger log = LoggerFactory.getLogger(Whereabouts.class);

  private Whereabouts() {}

  /// Where to serve from: the database of the settings, or the one it was moved to since.
  ///
  /// @param seal opens the URL that the mover left
  /// @throws UserError when that is not to be found out, or the database is still being filled
  public static PostgresUrl locate(PostgresUrl configured, Seal seal) {
    PostgresUrl at = configured;
    for (int hop = 0; hop < MOST_HOPS; hop++) {
      Optional<PostgresUrl> next = next(at, seal);
      if (next.isEmpty()) {
        if (hop > 0) {
          log.warn(
              "POSTGRES_URL names {}, which was moved to {}: set it to the new one",
              configured.masked(),
              at.masked());
        }
        return at;
      }
      at = next.get();
    }
    throw new UserError(
        "%s was moved on more than %d times: set POSTGRES_URL to where it is now"
            .formatted(configured.masked(), MOST_HOPS));
  }

  private static final int MOST_HOPS = 5; // moves since the URL was set; more is a ring

  private static Optional<PostgresUrl> next(PostgresUrl at, Seal seal) {
    try (var connection = PostgresSource.of(at).getConnection()) {
      DSLContext dsl = DSL.using(connection, SQLDialect.POSTGRES);
      if (dsl.fetchSingle("SELECT to_regclass('move_controls')").get(0) == null) {
        return Optional.empty(); // a schema of before there were moves
      }
      Optional<Word> word = new Words(dsl).about(Subject.POSTGRES);
      if (word.isEmpty()) {
        return Optional.empty();
      }
      return switch (word.get().command()) {
        case OPEN, PREPARE -> Optional.empty();
        case INCOMING ->
            throw new UserError(
                "%s is being filled by a move and is not in use yet: serve from the old database"
                        .formatted(at.masked())
                    + " until the cut-over, or drop this one");
        case MOVED -> Optional.of(PostgresUrl.parse(seal.open(word.get().url().orElseThrow())));
        case CLOSE -> undecided(dsl, word.get(), seal);
      };
    } catch (SQLException e) {
      throw new EnvironmentError(
          "PostgreSQL at %s can't be asked whether it was moved: %s"
              .formatted(at.masked(), e.getMessage()),
          e);
    }
  }

  private static Optional<PostgresUrl> undecided(DSLContext here, Word word, Seal seal) {
    var other = PostgresUrl.parse(seal.open(word.url().orElseThrow()));
    try {
      Thread.sleep(word.patience().toMillis()); // the mover may be about to say it
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    return Outcome.conclude(here, other, word, "a node that starts")
        ? Optional.of(other)
        : Optional.empty();
  }
}
