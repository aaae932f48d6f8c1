package server.following;

import static migrate.generated.Tables.MESSAGES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.EmbeddedRedis;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.PostgresUrl;
import fixtures.urls.RedisUrl;
import fixtures.urls.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import migrate.move.MoveProgress;
import migrate.move.Seal;
import migrate.move.postgres.PostgresMoveOptions;
import migrate.move.postgres.PostgresMover;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import server.testing.Await;
import server.testing.TestNode;
import server.testing.TestNode.Device;

/// Two nodes are moved from one database to another while people chat, and back.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MovePostgresTest {
  private static final int SENDERS = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(30); // a busy machine

  @TempDir static Path folder;
  private final List<Engine> engines = new ArrayList<>();
  private PostgresUrl old;
  private PostgresUrl next;
  private RedisUrl redis;
  private final List<String> said = Collections.synchronizedList(new ArrayList<>());

  /// Engines of its own: what a test that failed leaves behind would keep others from dropping
  /// their databases.
  @BeforeAll
  void start() {
    Home home = Home.of(Settings.ofThisProcess(Map.of(), Map.of()));
    old = PostgresUrl.parse(postgres(home, "old").url());
    next = PostgresUrl.parse(postgres(home, "next").url());
    Engine started =
        EmbeddedRedis.start(home.withData(folder.resolve("redis")), EngineOptions.standard());
    engines.add(started);
    redis = RedisUrl.parse(started.url());
  }

  private Engine postgres(Home home, String name) {
    Engine started =
        EmbeddedPostgres.start(
            home.withData(folder.resolve(name)), EngineOptions.standard().notDurable());
    engines.add(started);
    return started;
  }

  @AfterAll
  void end() {
    engines.reversed().forEach(Engine::close);
  }

  private PostgresMover mover() {
    return new PostgresMover(
        old,
        next,
        Seal.of(Seal.DEVELOPMENT_SECRET),
        PostgresMoveOptions.standard(),
        new MoveProgress() {
          @Override
          public void say(String line) {
            said.add(line);
            System.err.println("move: " + line);
          }
        });
  }

  private static int send(TestNode node, Device as, UUID conversation) {
    var body = Map.of("client_message_id", UUID.randomUUID(), "content", "aGVsbG8=");
    return node.call("POST", "/conversations/" + conversation + "/messages", as, body).status();
  }

  @Test
  void messagesFlowThroughAMoveAndBackWithoutALossOrAFailedRequest() throws Exception {
    try (var one = TestNode.on(old, redis);
        var two = TestNode.on(old, redis)) {
      Device ann = one.newUser();
      UUID conversation = one.conversation(ann, true, two.newUser());
      try (var senders = new Senders(List.of(one, two), ann, conversation, SENDERS);
          var mover = mover()) {
        mover.start();
        assertEquals("observing", mover.status().get("phase"), said::toString);
        int before = senders.sent();
        Await.until("messages at the new one", PATIENCE, () -> senders.sent() > before + 20);
        assertTrue(mover.verify(false), said::toString); // the old one is kept current
        try (var restarted = TestNode.on(next, redis)) { // as if its settings named the new one
          UUID other = restarted.conversation(ann, true, restarted.newUser());
          assertEquals(201, send(restarted, ann, other));
          mover.rollback();
          assertEquals("rolled-back", mover.status().get("phase"), said::toString);
          assertEquals(201, send(restarted, ann, other));
          try (var dsl = DSL.using(old.jdbcUrl(), old.user(), old.password())) {
            assertEquals(2, dsl.fetchCount(MESSAGES, MESSAGES.CONVERSATION_ID.eq(other)));
          }
        }
        int back = senders.sent();
        Await.until("messages at the old one", PATIENCE, () -> senders.sent() > back + 20);
        senders.stop();
        assertEquals(List.of(), senders.failures(), said::toString);
        assertEquals(senders.sent(), senders.inOrder(old));
        assertEquals(-1, senders.inOrder(next)); // it has none of those behind the roll-back
      }
    }
  }
}
