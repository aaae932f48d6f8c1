package migrate.move.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.engines.PostgresRelease;
import fixtures.urls.PostgresUrl;
import fixtures.urls.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import migrate.move.FailPoint;
import migrate.move.MoveProgress;
import migrate.move.Seal;
import migrate.schema.PostgresSource;
import migrate.schema.Schema;
import org.jooq.CloseableDSLContext;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// From one release to the next, both of before 16: their subscriptions can't tell changes that
/// came from the other side, and would send them back.
class OlderReleasesTest {
  private static final String INSERT = "INSERT INTO users (phone_number) VALUES (?)";

  private static final String BROKEN_OFF = "not yet: made to fail at caught-up; tried again";

  @TempDir Path folder;
  private Runnable atOnceAgain;
  private final List<String> said = Collections.synchronizedList(new ArrayList<>());

  private static CloseableDSLContext dsl(PostgresUrl url) {
    return DSL.using(url.jdbcUrl(), url.user(), url.password());
  }

  private PostgresMover mover(PostgresUrl old, PostgresUrl next) {
    return new PostgresMover(
        old,
        next,
        Seal.of(Seal.DEVELOPMENT_SECRET),
        PostgresMoveOptions.standard(),
        new MoveProgress() {
          @Override
          public void say(String line) {
            said.add(line);
            if (line.equals(BROKEN_OFF)) {
              atOnceAgain.run();
            }
          }
        });
  }

  @Test
  void theOldOneFollowsTheNewOneAlsoBehindACutOverThatWasBrokenOff() {
    var home = Home.of(Settings.ofThisProcess(Map.of(), Map.of())).withData(folder);
    var options = EngineOptions.standard().notDurable();
    try (var first = EmbeddedPostgres.start(home, options, PostgresRelease.V14);
        var second = EmbeddedPostgres.start(home, options, PostgresRelease.V15)) {
      var old = PostgresUrl.parse(first.url());
      var next = PostgresUrl.parse(second.url());
      Schema.postgres().up(PostgresSource.of(old));
      try (var here = dsl(old);
          var there = dsl(next)) {
        here.execute(INSERT, "+1");
        System.setProperty("MIGRATE_FAILPOINT", "caught-up:fail"); // and tried again
        FailPoint.forget();
        atOnceAgain = () -> here.execute(INSERT, "+9");
        try (var mover = mover(old, next)) {
          mover.start();
          assertEquals("observing", mover.status().get("phase"), said::toString);
          assertTrue(said.contains(BROKEN_OFF), said::toString);
          there.execute(INSERT, "+2");
          assertTrue(mover.verify(false), said::toString);
          mover.rollback();
          assertEquals("rolled-back", mover.status().get("phase"), said::toString);
        } finally {
          System.clearProperty("MIGRATE_FAILPOINT");
        }
        here.execute(INSERT, "+3");
        assertEquals(4, here.fetchCount(DSL.table("users")));
      }
    }
  }
}
