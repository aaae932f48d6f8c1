package ci.smoke;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.PostgresUrl;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import migrate.schema.Dialect;
import migrate.schema.Steps;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `smoke@catalog` does in processes of their own: runs that are killed, and a release under
/// servers in use. A minute on a quiet machine.
@Tag("smoke")
class ReleaseTest {
  @TempDir Path folder;

  @Test
  void killed_runs_are_finished_and_a_release_fails_no_request() {
    var home = Home.at(Path.of(".vyry")).withData(folder);
    var checks = new ArrayList<Check>();
    try (var postgres = EmbeddedPostgres.start(home, EngineOptions.standard())) {
      var place = new Place.Postgres(PostgresUrl.parse(postgres.url()));
      var steps = Steps.bundled(Dialect.POSTGRES);
      new SchemaChecks(place, steps, EnumSet.of(Kind.KILL, Kind.BUSY), checks::add).run();
    }
    assertTrue(checks.stream().allMatch(Check::passed), checks.toString());
    assertEquals(2, checks.size(), checks.toString());
  }
}
