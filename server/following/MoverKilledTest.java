package server.following;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import migrate.move.MoveProgress;
import migrate.move.Seal;
import migrate.move.postgres.PostgresMoveOptions;
import migrate.move.postgres.PostgresMover;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import server.testing.Await;
import server.testing.TestNode;
import server.testing.TestNode.Device;

/// The mover is killed, as by `kill -9`, where it hurts most; nodes and the next mover get over it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MoverKilledTest {
  private static final int KILLED = 137; // what Runtime.halt is told at a fail point
  private static final Duration PATIENCE = Duration.ofSeconds(30); // a busy machine
  private static final long CHILD_SECONDS = 60; // 3 s on a quiet machine

  @TempDir static Path folder;
  private final List<Engine> engines = new ArrayList<>();
  private int databases;
  private PostgresUrl old;
  private PostgresUrl next;
  private RedisUrl redis;

  @BeforeAll
  void startEngines() {
    Home home = Home.of(Settings.ofThisProcess(Map.of(), Map.of()));
    var options = EngineOptions.standard().notDurable();
    engines.add(EmbeddedPostgres.start(home.withData(folder.resolve("old")), options));
    engines.add(EmbeddedPostgres.start(home.withData(folder.resolve("next")), options));
    engines.add(EmbeddedRedis.start(home.withData(folder.resolve("redis")), options));
    redis = RedisUrl.parse(engines.getLast().url());
  }

  @BeforeEach
  void start() {
    databases++;
    old = database(engines.get(0));
    next = database(engines.get(1));
  }

  private PostgresUrl database(Engine engine) {
    String name = "move" + databases;
    PostgresUrl all = PostgresUrl.parse(engine.url());
    try (var dsl = DSL.using(all.jdbcUrl(), all.user(), all.password())) {
      dsl.execute("CREATE DATABASE " + name);
    }
    return PostgresUrl.parse(engine.url().replaceFirst("/[a-z]+$", "/" + name));
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
        MoveProgress.SILENT);
  }

  /// Runs a mover in a process of its own until it is killed at this place.
  private void killedAt(String place, String... more) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "migrate.Migrate"));
    command.addAll(List.of("move", "postgres"));
    command.addAll(List.of(more));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    Path said = folder.resolve("mover.log");
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(said.toFile()));
    builder.environment().put("POSTGRES_URL", old.text());
    builder.environment().put("MOVE_TO_URL", next.text());
    builder.environment().put("MIGRATE_FAILPOINT", place + ":kill");
    Process child = builder.start();
    if (!child.waitFor(CHILD_SECONDS, TimeUnit.SECONDS)) {
      child.destroyForcibly();
    }
    assertEquals(KILLED, child.waitFor(), () -> place + ": " + read(said));
  }

  private static String read(Path file) {
    try {
      return java.nio.file.Files.readString(file);
    } catch (java.io.IOException e) {
      return e.toString();
    }
  }

  @Test
  void whereverTheMoverIsKilledSendersOnlyWaitAndResumeGoesOn() throws Exception {
    try (var node = TestNode.on(old, redis)) {
      Device ann = node.newUser();
      UUID conversation = node.conversation(ann, true, node.newUser());
      try (var senders = new Senders(List.of(node), ann, conversation, 2)) {
        killedAt("copy-range");
        killedAt("build", "--resume");
        killedAt("subscribed", "--resume");
        killedAt("closed", "--resume"); // nodes have let go, nothing is decided
        killedAt("cut", "--resume"); // it is decided, and no node knows
        try (var mover = mover()) {
          mover.resume();
          assertEquals("observing", mover.status().get("phase"));
        }
        killedAt("closed", "--rollback");
        killedAt("cut", "--rollback"); // the node finds out by itself
        int before = senders.sent();
        Await.until("messages at the old one", PATIENCE, () -> senders.sent() > before);
        try (var mover = mover()) {
          mover.resume(); // takes away what is left
          assertEquals("rolled-back", mover.status().get("phase"));
        }
        senders.stop();
        assertEquals(List.of(), senders.failures());
        assertEquals(senders.sent(), senders.inOrder(old));
      }
    }
  }

  @Test
  void anAbortedMoveLeavesTheSourceAsItWas() throws Exception {
    try (var node = TestNode.on(old, redis)) {
      Device ann = node.newUser();
      UUID conversation = node.conversation(ann, true, node.newUser());
      try (var senders = new Senders(List.of(node), ann, conversation, 1)) {
        killedAt("caught-up");
        try (var mover = mover()) {
          mover.abort();
          assertEquals("aborted", mover.status().get("phase"));
        }
        senders.stop();
        assertEquals(List.of(), senders.failures());
        assertEquals(senders.sent(), senders.inOrder(old));
      }
    }
    try (var dsl = DSL.using(old.jdbcUrl(), old.user(), old.password())) {
      for (String left :
          List.of("pg_replication_slots", "pg_publication", "pg_subscription", "move_marks")) {
        assertEquals(0, dsl.fetchCount(DSL.table(left)), left);
      }
      assertEquals(
          0, dsl.fetchCount(DSL.table("pg_trigger"), DSL.condition("NOT tgisinternal")), "fence");
    }
  }
}
