package ci.smoke;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.engines.PostgresRelease;
import fixtures.urls.PostgresUrl;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.EnumSet;
import migrate.schema.Dialect;
import migrate.schema.Steps;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The steps on each version of PostgreSQL that is not the newest one, which all other tests use.
/// The other kinds take minutes there: `smoke@catalog --postgres-version`.
class PostgresReleasesTest {
  private static final EnumSet<Kind> KINDS =
      EnumSet.of(Kind.EMPTY, Kind.UP_DOWN_UP, Kind.TWO_RUNNERS);

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(value = PostgresRelease.class, mode = EnumSource.Mode.EXCLUDE, names = "V18")
  void the_steps_go_up_down_and_up_on_an_older_version(PostgresRelease release) throws Exception {
    var home = Home.at(Path.of(".vyry")).withData(folder);
    var checks = new ArrayList<Check>();
    try (var postgres =
        EmbeddedPostgres.start(home, EngineOptions.standard().notDurable(), release)) {
      var url = PostgresUrl.parse(postgres.url());
      try (var connection =
          DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password())) {
        assertEquals(release.major(), connection.getMetaData().getDatabaseMajorVersion());
      }
      new SchemaChecks(new Place.Postgres(url), Steps.bundled(Dialect.POSTGRES), KINDS, checks::add)
          .run();
    }
    assertTrue(checks.stream().allMatch(Check::passed), checks.toString());
    assertEquals(4, checks.size(), checks.toString());
  }
}
