package server.messages;

import static migrate.generated.Tables.CONVERSATIONS;
import static migrate.generated.Tables.MEMBERS;
import static migrate.generated.Tables.USERS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.PostgresUrl;
import fixtures.urls.Settings;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import migrate.schema.Schema;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import server.messages.Appended.Stored;
import server.testing.Await;
import server.testing.TestEngines;

/// What was answered is there after PostgreSQL was killed.
class PostgresDurabilityTest {
  private static final int ROUNDS = 2;
  private static final int THREADS = 4;
  private static final int CONVERSATIONS_COUNT = 3;
  private static final int MAX_BATCH = 5;
  private static final int ENOUGH =
      200; // answered messages of a round, so that it is killed at work
  private static final Duration PATIENCE = Duration.ofSeconds(30); // a busy machine

  @TempDir Path folder;
  private final UUID user = UUID.randomUUID();
  private final UUID device = UUID.randomUUID();
  private final List<UUID> conversations = new ArrayList<>();
  private final Map<Draft, Stored> answered = new ConcurrentHashMap<>(); // by identity of content
  private final Queue<Draft> unknown = new ConcurrentLinkedQueue<>();
  private final Map<UUID, Long> acknowledged = new ConcurrentHashMap<>();

  @Test
  void whateverWasAnsweredSurvivesAKill() throws Exception {
    Home home = Home.of(Settings.ofThisProcess(Map.of(), Map.of())).withData(folder);
    List<Engine> engines = new ArrayList<>();
    try {
      for (int round = 1; round <= ROUNDS; round++) {
        engines.add(EmbeddedPostgres.start(home, EngineOptions.standard()));
        Engine engine = engines.getLast();
        try (var pool = TestEngines.pool(PostgresUrl.parse(engine.url()))) {
          if (round == 1) {
            fill(pool);
          }
          MessageStore store = new PostgresMessageStore(pool, DSL.using(pool, SQLDialect.POSTGRES));
          judge(store);
          writeUntilKilled(store, engine, round * ENOUGH);
        }
      }
      engines.add(EmbeddedPostgres.start(home, EngineOptions.standard()));
      try (var pool = TestEngines.pool(PostgresUrl.parse(engines.getLast().url()))) {
        judge(new PostgresMessageStore(pool, DSL.using(pool, SQLDialect.POSTGRES)));
      }
    } finally {
      engines.reversed().forEach(Engine::close);
    }
  }

  private void fill(HikariDataSource pool) {
    var dsl = DSL.using(pool, SQLDialect.POSTGRES);
    Schema.postgres().up(dsl);
    dsl.insertInto(USERS).set(USERS.USER_ID, user).set(USERS.PHONE_NUMBER, "+66").execute();
    for (int i = 0; i < CONVERSATIONS_COUNT; i++) {
      UUID id = UUID.randomUUID();
      conversations.add(id);
      dsl.insertInto(CONVERSATIONS)
          .set(CONVERSATIONS.CONVERSATION_ID, id)
          .set(CONVERSATIONS.TYPE, "group")
          .set(CONVERSATIONS.CREATED_BY, user)
          .set(CONVERSATIONS.MEMBER_COUNT, 1)
          .execute();
      dsl.insertInto(MEMBERS)
          .set(MEMBERS.CONVERSATION_ID, id)
          .set(MEMBERS.USER_ID, user)
          .set(MEMBERS.ROLE, "admin")
          .execute();
    }
  }

  private void writeUntilKilled(MessageStore store, Engine engine, int enough) {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < THREADS; i++) {
        int number = i;
        threads.execute(() -> append(store, number));
      }
      threads.execute(() -> acknowledge(store));
      try {
        Await.until("enough is stored", PATIENCE, () -> answered.size() >= enough);
      } finally {
        kill(engine);
      }
    } // waits for the threads, which end at the first call that fails
  }

  private void append(MessageStore store, int number) {
    for (int count = 0; ; count++) {
      List<Draft> batch = new ArrayList<>();
      for (int i = 0; i <= (count + number) % MAX_BATCH; i++) {
        UUID id = UUID.randomUUID();
        byte[] content =
            ByteBuffer.allocate(16)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
        UUID conversation = conversations.get((count + i) % CONVERSATIONS_COUNT);
        batch.add(new Draft(conversation, user, device, id, 0, null, content));
      }
      try {
        List<Appended> answers = store.append(batch);
        for (int i = 0; i < batch.size(); i++) {
          answered.put(batch.get(i), (Stored) answers.get(i));
        }
      } catch (StoreUnavailable _) {
        unknown.addAll(batch);
        return;
      }
    }
  }

  private void acknowledge(MessageStore store) {
    for (long seq = acknowledged.values().stream().max(Long::compare).orElse(0L) + 1; ; seq++) {
      UUID conversation = conversations.get((int) (seq % CONVERSATIONS_COUNT));
      try {
        store.acknowledge(List.of(new Acknowledgement(conversation, user, device, seq, seq)));
        acknowledged.put(conversation, seq);
      } catch (StoreUnavailable _) {
        return;
      }
    }
  }

  /// The server, and the processes that still work for its clients.
  private static void kill(Engine engine) {
    ProcessHandle server = ProcessHandle.of(engine.pid().orElseThrow()).orElseThrow();
    List<ProcessHandle> all =
        Stream.concat(Stream.of(server), server.descendants().toList().stream()).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    server.onExit().join();
  }

  private void judge(MessageStore store) {
    Map<UUID, List<Message>> logs = new ConcurrentHashMap<>();
    Map<UUID, Long> heads = store.heads(conversations);
    for (UUID id : conversations) {
      List<Message> log = store.readForward(id, 0, Long.MAX_VALUE, Integer.MAX_VALUE);
      logs.put(id, log);
      assertEquals(
          LongStream.rangeClosed(1, heads.get(id)).boxed().toList(),
          log.stream().map(Message::seq).toList());
    }
    answered.forEach((draft, stored) -> {
      List<Message> log = logs.get(draft.conversationId());
      assertTrue(log.size() >= stored.seq(), () -> stored + " was answered and is gone");
      Message message = log.get((int) stored.seq() - 1);
      assertEquals(draft.clientMessageId(), message.clientMessageId());
      assertEquals(stored.sentAt(), message.sentAt());
      assertArrayEquals(draft.content(), message.content());
    });
    for (Cursor cursor : store.cursorsOfUser(user, conversations)) {
      Long known = acknowledged.remove(cursor.conversationId());
      assertTrue(
          known == null || cursor.readSeq() >= known, () -> known + " was acknowledged: " + cursor);
      acknowledged.put(cursor.conversationId(), cursor.readSeq());
    }
    // Whether it was stored or not: a retry gets it stored once.
    for (Draft draft = unknown.poll(); draft != null; draft = unknown.poll()) {
      answered.put(draft, (Stored) store.append(List.of(draft)).getFirst());
    }
    assertEquals(
        answered.size(), store.heads(conversations).values().stream().mapToLong(h -> h).sum());
  }
}
