package ci.smoke;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.dockerjava.api.exception.NotFoundException;
import fixtures.container.ContainerEngine;
import fixtures.container.Image;
import fixtures.urls.PostgresUrl;
import fixtures.urls.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Map;
import migrate.schema.Dialect;
import migrate.schema.Steps;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;

/// On the image that `fixtures/containers/containers up` builds of a distribution's PostgreSQL,
/// which is another one than the embedded; skipped where it is not.
class ContainerTest {
  private static final String IMAGE = "postgres:local";

  @TempDir Path folder;

  /// PostgreSQL 15.20 and its kind count a column's changes among its options.
  @Test
  void up_down_up_gives_an_equal_schema_in_a_container() {
    Assumptions.assumeTrue(System.getenv("DOCKER_HOST") != null, "no DOCKER_HOST");
    try {
      DockerClientFactory.instance().client().inspectImageCmd(IMAGE).exec();
    } catch (NotFoundException _) {
      Assumptions.abort("no image " + IMAGE + ": run fixtures/containers/containers up");
    }
    var named = Map.of("VYRY_POSTGRES_IMAGE", IMAGE);
    var settings = new Settings(folder, Map.of(), named, Map.of());
    var checks = new ArrayList<Check>();
    try (var engine = ContainerEngine.start(Image.POSTGRES, settings, 0)) {
      var place = new Place.Postgres(PostgresUrl.parse(engine.url()));
      var kinds = EnumSet.of(Kind.EMPTY, Kind.UP_DOWN_UP);
      new SchemaChecks(place, Steps.bundled(Dialect.POSTGRES), kinds, checks::add).run();
    }
    assertTrue(checks.stream().allMatch(Check::passed), checks.toString());
    assertEquals(3, checks.size(), checks.toString());
  }
}
