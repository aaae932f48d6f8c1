package ci.smoke;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ci.smoke.Smoking.Engines;
import com.datastax.oss.driver.api.core.CqlSession;
import fixtures.engines.EmbeddedCassandra;
import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.CqlUrl;
import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import fixtures.urls.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import migrate.schema.CqlFingerprint;
import migrate.schema.CqlSessions;
import migrate.schema.Dialect;
import migrate.schema.PostgresFingerprint;
import migrate.schema.PostgresSource;
import migrate.schema.Schema;
import migrate.schema.Steps;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Somebody else's servers, with users who may do little: the database that the URL names stays as
/// it is.
class ForeignServerTest {
  private static final String PASSWORD = "long-enough-0815";
  private static final long LOGIN_MILLIS = 60_000; // Cassandra makes its first user 10 s late
  private static final long RETRY_MILLIS = 500;
  private static final long GRANT_MILLIS = 1_000; // less than a run waits for it

  @TempDir Path folder;

  private static DSLContext open(PostgresUrl url) {
    return DSL.using(PostgresSource.of(url), SQLDialect.POSTGRES);
  }

  private static PostgresUrl as(PostgresUrl url, String user, String database) {
    return PostgresUrl.parse(
        "postgres://%s:%s@%s:%d/%s".formatted(user, PASSWORD, url.host(), url.port(), database));
  }

  private static void smoke(Place place, Dialect dialect, Kind other) {
    var checks = new ArrayList<Check>();
    place.probe();
    var kinds = EnumSet.of(Kind.EMPTY, other);
    new SchemaChecks(place, Steps.bundled(dialect), kinds, checks::add).run();
    assertTrue(checks.stream().allMatch(Check::passed), checks.toString());
    assertTrue(checks.size() > 1, checks.toString());
  }

  @Test
  void a_user_who_may_create_databases_tries_the_steps_beside_the_given_one() {
    var options = EngineOptions.standard().notDurable();
    try (Engine engine =
        EmbeddedPostgres.start(Home.at(Path.of(".vyry")).withData(folder), options)) {
      var url = PostgresUrl.parse(engine.url());
      var admin = open(url);
      for (String role : List.of("copier LOGIN CREATEDB", "reader LOGIN")) {
        admin.execute("CREATE ROLE %s PASSWORD '%s'".formatted(role, PASSWORD));
      }
      admin.execute("CREATE DATABASE theirs OWNER copier");
      var theirs = as(url, "copier", "theirs");
      open(theirs).execute("CREATE TABLE users (theirs int PRIMARY KEY)");
      var before = PostgresFingerprint.lines(open(theirs));

      smoke(new Place.Postgres(theirs), Dialect.POSTGRES, Kind.EARLIER);

      assertEquals(before, PostgresFingerprint.lines(open(theirs)));
      assertEquals(
          List.of("postgres", "theirs", "vyry"),
          admin
              .fetch("SELECT datname::text FROM pg_database WHERE NOT datistemplate ORDER BY 1")
              .getValues(0, String.class));

      var may = new Place.Postgres(as(url, "reader", "theirs"));
      var error = assertThrows(EnvironmentError.class, may::probe);
      assertTrue(error.getMessage().contains("ALTER ROLE reader CREATEDB"), error.getMessage());
    }
  }

  @Test
  void a_user_who_may_create_keyspaces_tries_the_steps_beside_the_given_one() throws Exception {
    var options =
        EngineOptions.standard()
            .notDurable()
            .with("authenticator", "PasswordAuthenticator")
            .with("authorizer", "CassandraAuthorizer");
    try (Engine engine =
        EmbeddedCassandra.start(Home.at(Path.of(".vyry")).withData(folder), options)) {
      String text = engine.url();
      try (var admin = loggedIn(as(text, "cassandra", "cassandra", "theirs"))) {
        for (String role : List.of("copier", "reader")) {
          admin.execute(
              "CREATE ROLE %s WITH LOGIN = true AND PASSWORD = '%s'".formatted(role, PASSWORD));
        }
        admin.execute("GRANT CREATE ON ALL KEYSPACES TO copier");
        admin.execute(
            "CREATE KEYSPACE theirs WITH replication ="
                + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
        admin.execute("CREATE TABLE theirs.messages (theirs int PRIMARY KEY)");
        var before = CqlFingerprint.lines(admin, "theirs");

        var given = new Place.Cql(as(text, "copier", PASSWORD, "theirs"));
        smoke(given, Dialect.CQL, Kind.TWO_RUNNERS);

        assertEquals(before, CqlFingerprint.lines(admin, "theirs"));
        var left =
            admin.execute("SELECT keyspace_name FROM system_schema.keyspaces").all().stream()
                .map(row -> row.getString(0))
                .filter(name -> name.startsWith("vyry_scratch"))
                .toList();
        assertEquals(List.of(), left);
        assertGrantIsWaitedFor(admin, text);
        var reader = new Place.Cql(as(text, "reader", PASSWORD, "theirs"));
        var error = assertThrows(EnvironmentError.class, reader::probe);
        assertTrue(
            error.getMessage().contains("GRANT CREATE ON ALL KEYSPACES TO reader"),
            error.getMessage());
      }
    }
  }

  /// As when another run of the same user made the keyspace just now: his right to it comes a
  /// moment after it.
  private static void assertGrantIsWaitedFor(CqlSession admin, String text) throws Exception {
    var steps = Steps.bundled(Dialect.CQL);
    Schema.cql(steps)
        .run(as(text, "cassandra", "cassandra", "soon"), runner -> runner.up(OptionalInt.of(1)));
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      var url = as(text, "copier", PASSWORD, "soon");
      var up =
          executor.submit(
              () -> Schema.cql(steps).run(url, runner -> runner.up(OptionalInt.empty())));
      Thread.sleep(GRANT_MILLIS);
      assertFalse(up.isDone());
      admin.execute("GRANT ALL ON KEYSPACE soon TO copier");
      assertEquals(steps.list().size() - 1, up.get().size());
    }
  }

  private static CqlUrl as(String url, String user, String password, String keyspace) {
    return CqlUrl.parse(
        url.replaceFirst("://([^@/]*@)?([^/]+)/.*", "://" + user + ":" + password + "@$2/")
            + keyspace);
  }

  private static CqlSession loggedIn(CqlUrl url) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOGIN_MILLIS);
    while (true) {
      try {
        return CqlSessions.open(url);
      } catch (EnvironmentError e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
      }
    }
  }

  @Test
  void the_version_of_a_server_that_is_not_started_here_is_not_to_be_chosen() {
    for (var engines : Engines.values()) {
      var urls =
          engines == Engines.EMBEDDED
              ? Map.of(Dialect.POSTGRES, "postgres://a@127.0.0.1/b")
              : Map.<Dialect, String>of();
      var error = assertThrows(UserError.class, () -> new Smoking(urls, engines, 14, _ -> {}));
      assertTrue(error.getMessage().contains("--postgres-version"), error.getMessage());
    }
  }
}
