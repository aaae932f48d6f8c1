package server.following;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.engines.EmbeddedRedis;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.PostgresUrl;
import fixtures.urls.RedisUrl;
import fixtures.urls.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;
import migrate.move.MoveProgress;
import migrate.move.Seal;
import migrate.move.redis.RedisMover;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import server.testing.Await;
import server.testing.TestEngines;
import server.testing.TestNode;
import server.testing.TestNode.Answer;
import server.testing.TestNode.Device;
import server.testing.TestSocket;

/// Two nodes go over to another Redis while people are connected, and the old one ends.
class MoveRedisTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30); // a busy machine
  private static final int MASTERS = 3; // what a cluster has at least
  private static final String PHONE = "+66812345678";

  @TempDir Path folder;

  private Engine redis(String name) {
    Home home = Home.of(Settings.ofThisProcess(Map.of(), Map.of()));
    return EmbeddedRedis.start(home.withData(folder.resolve(name)), EngineOptions.standard());
  }

  @Test
  void socketsStayMessagesArriveAndACodeThatWasSentBeforeIsStillGood() {
    moves(redis("old"), redis("next"));
  }

  @Test
  void theSameIntoAClusterAndOutOfIt() {
    Home home = Home.of(Settings.ofThisProcess(Map.of(), Map.of()));
    Engine cluster = EmbeddedRedis.startCluster(home.withData(folder.resolve("cluster")), MASTERS);
    moves(redis("old"), cluster, redis("next"));
  }

  /// From one to the next, and so on.
  private static void moves(Engine... places) {
    Engine old = places[0];
    try (var engines = TestEngines.fresh();
        var _ = places[places.length - 1];
        var one = TestNode.on(engines.postgres(), RedisUrl.parse(old.url()));
        var two = TestNode.on(engines.postgres(), RedisUrl.parse(old.url()))) {
      Device ann = one.newUser();
      Device bob = two.newUser();
      UUID conversation = one.conversation(ann, true, bob);
      TestSocket socket = two.openAndResume(bob);
      Answer asked = one.call("POST", "/auth/request-otp", null, Map.of("phone_number", PHONE));
      for (int i = 1; i < places.length; i++) {
        move(engines.postgres(), places[i - 1], places[i]);
        Await.until("Redis is there", PATIENCE, () -> ready(one) && ready(two));
        places[i - 1].close();
      }
      Await.until("Redis is there", PATIENCE, () -> ready(one) && ready(two));
      Answer in =
          two.call(
              "POST",
              "/auth/verify-otp",
              null,
              Map.of(
                  "phone_number",
                  PHONE,
                  "otp",
                  asked.text("dev_otp"),
                  "device_uuid",
                  UUID.randomUUID(),
                  "platform",
                  "web"));
      assertEquals(200, in.status(), () -> "" + in.body());
      Answer sent =
          one.call(
              "POST",
              "/conversations/" + conversation + "/messages",
              ann,
              Map.of(
                  "client_message_id",
                  UUID.randomUUID(),
                  "content",
                  Base64.getEncoder().encodeToString(new byte[10])));
      assertEquals(201, sent.status());
      assertEquals(1, socket.next("message").path("seq").asLong());
      socket.close();
    }
  }

  private static void move(PostgresUrl postgres, Engine from, Engine to) {
    try (var mover =
        new RedisMover(
            postgres,
            RedisUrl.parse(from.url()),
            RedisUrl.parse(to.url()),
            Seal.of(Seal.DEVELOPMENT_SECRET),
            true,
            MoveProgress.SILENT)) {
      assertEquals(0, mover.preflight().stream().filter(o -> o.fatal()).count());
      mover.start();
      assertEquals("observing", mover.status().get("phase"));
      assertTrue(("" + mover.status().get("events")).contains("2 servers moved"));
      assertTrue(mover.events().stream().anyMatch(e -> e.event().equals("carried")));
      mover.finish();
    }
  }

  private static boolean ready(TestNode node) {
    return node.ready().contains("\"ready\"");
  }
}
