package ci.smoke;

import bench.cluster.Cluster;
import bench.cluster.ClusterOptions;
import ci.run.Folders;
import fixtures.urls.EnvironmentError;
import fixtures.urls.Settings;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import migrate.schema.Dialect;
import migrate.schema.Schema;
import migrate.schema.Steps;

/// Changes the schema under real servers that are in use, and counts the requests that fail: none
/// may. On PostgreSQL it is a whole release: expand, both versions of the server side by side,
/// contract.
final class BusyServer {
  private static final int MOMENT_REQUESTS = 150; // before, between and after
  private static final int OLD_PHONES = 0;
  private static final int RESTARTED_PHONES = 100;
  private static final int NEW_PHONES = 200;

  private final Place place;
  private final Checks checks;

  BusyServer(Place place, Checks checks) {
    this.place = place;
    this.checks = checks;
  }

  void run() {
    switch (place) {
      case Place.Postgres postgres ->
          checks.check(
              Kind.BUSY.text,
              "a release, old and new server side by side, without a failed request",
              () -> release(postgres));
      case Place.Cql cql ->
          checks.check(
              Kind.BUSY.text,
              "tables and columns are added without a failed request",
              () -> additions(cql));
    }
  }

  private static InetSocketAddress address(Cluster cluster) {
    return new InetSocketAddress("127.0.0.1", cluster.servers().getFirst().port());
  }

  private static String release(Place.Postgres place) throws Exception {
    Path next = Files.createTempDirectory("vyry-smoke-next");
    var ended = new ArrayList<Traffic>();
    try (var scratch = place.scratch()) {
      NextVersion.write(next);
      scratch.up(Steps.bundled(Dialect.POSTGRES), OptionalInt.empty());
      scratch.seed();
      var options = ClusterOptions.of(1).withUrl(Settings.POSTGRES_URL, scratch.url());
      try (var old = Cluster.start(options)) {
        try (var traffic = Traffic.start(address(old), OLD_PHONES)) {
          ended.add(traffic);
          traffic.awaitMore(MOMENT_REQUESTS);
          expand(scratch);
          traffic.awaitMore(MOMENT_REQUESTS);
        }
        // An old server may also be started on what the new one needs.
        old.servers().getFirst().stop();
        old.servers().getFirst().start();
        var newer =
            options
                .withUrl(Settings.REDIS_URL, old.redis().url())
                .withMainClass(NextVersion.class.getName())
                .withSetting(NextVersion.FOLDER, next.toString());
        try (var onOld = Traffic.start(address(old), RESTARTED_PHONES);
            var fresh = Cluster.start(newer);
            var onNew = Traffic.start(address(fresh), NEW_PHONES)) {
          ended.addAll(List.of(onOld, onNew));
          onNew.awaitMore(MOMENT_REQUESTS);
          eachReadsWhatTheOtherWrote(onOld, onNew);
          requireRefused(scratch);
          onOld.end();
          old.servers().getFirst().stop();
          contract(scratch);
          onNew.awaitMore(MOMENT_REQUESTS);
        }
      }
      return seen(scratch, ended);
    } finally {
      Folders.delete(next);
    }
  }

  private static void expand(PostgresScratch scratch) {
    var steps = NextVersion.expandSteps().steps();
    Schema.postgres(steps).up(scratch.dataSource());
    Schema.postgres(steps).state(scratch.dataSource()).require();
  }

  private static void contract(PostgresScratch scratch) {
    Schema.postgres(NextVersion.allSteps().steps())
        .run(scratch.dataSource(), runner -> runner.up(OptionalInt.empty(), true));
    Checks.require(
        !scratch.columns().get("users").contains(NextVersion.OLD_COLUMN),
        "users.%s is still there",
        NextVersion.OLD_COLUMN);
  }

  /// While an old server is connected, what it needs is not taken away.
  private static void requireRefused(PostgresScratch scratch) {
    try {
      contract(scratch);
    } catch (EnvironmentError e) {
      Checks.require(e.getMessage().contains("older servers"), "%s", e.getMessage());
      return;
    }
    throw new Checks.Failed("the contract step was done under an old server");
  }

  private static void eachReadsWhatTheOtherWrote(Traffic onOld, Traffic onNew) throws Exception {
    // Somebody whom the traffic leaves alone, known to both servers by one token.
    var person = onOld.api().login(RESTARTED_PHONES + 50, 1).getFirst();
    for (var way : List.of(List.of(onOld, onNew), List.of(onNew, onOld))) {
      String bio = "written by the " + (way.getFirst() == onOld ? "old" : "new");
      way.getFirst().api().call("PATCH", "/profile", person.accessToken(), Map.of("bio", bio));
      String read =
          way.getLast().api().get("/profile", person.accessToken()).path("bio").asString("");
      Checks.require(read.equals(bio), "'%s' was read as '%s'", bio, read);
    }
  }

  private static String seen(PostgresScratch scratch, List<Traffic> ended) {
    long acknowledged = ended.stream().mapToLong(Traffic::messages).sum();
    long stored =
        scratch
            .dsl()
            .fetchSingle("SELECT count(*) FROM messages WHERE content = 'hi'")
            .get(0, long.class);
    requireNoneFailed(ended);
    Checks.require(
        stored >= acknowledged, "%d messages acknowledged, %d stored", acknowledged, stored);
    return "%d requests, 0 failed".formatted(ended.stream().mapToLong(Traffic::requests).sum());
  }

  private static void requireNoneFailed(List<Traffic> ended) {
    for (var traffic : ended) {
      Checks.require(
          traffic.failed() == 0 && traffic.requests() > 0,
          "%d of %d requests failed, first %s",
          traffic.failed(),
          traffic.requests(),
          traffic.firstFailure());
    }
  }

  private static String additions(Place.Cql place) throws Exception {
    var more = new LinkedHashMap<String, String>();
    more.put(
        "reactions",
        """
        -- A table more.
        -- @expand
        -- up
        CREATE TABLE IF NOT EXISTS reactions (
          conversation_id uuid, bucket bigint, seq bigint, user_id uuid, reaction text,
          PRIMARY KEY ((conversation_id, bucket), seq, user_id));
        -- down
        DROP TABLE IF EXISTS reactions;
        """);
    more.put(
        "edited",
        """
        -- A column more.
        -- @expand
        -- up
        ALTER TABLE messages ADD edited_at timestamp;
        -- down
        ALTER TABLE messages DROP edited_at;
        """);
    var steps = StepSources.bundled(Dialect.CQL).followedBy(more).steps();
    try (var scratch = place.scratch()) {
      var options = ClusterOptions.of(1).withUrl(Settings.SCYLLADB_URL, scratch.url());
      var ended = new ArrayList<Traffic>();
      try (var cluster = Cluster.start(options);
          var traffic = Traffic.start(address(cluster), OLD_PHONES)) {
        ended.add(traffic);
        traffic.awaitMore(MOMENT_REQUESTS);
        scratch.up(steps, OptionalInt.empty());
        scratch.state(steps).require();
        traffic.awaitMore(MOMENT_REQUESTS);
      }
      requireNoneFailed(ended);
      return "%d requests, 0 failed".formatted(ended.getFirst().requests());
    }
  }
}
