package server.messages;

import static java.util.stream.Collectors.summingLong;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.EmbeddedRedis;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.urls.PostgresUrl;
import fixtures.urls.RedisUrl;
import fixtures.urls.Settings;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.CloseableDSLContext;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import server.testing.Await;
import server.testing.Concurrently;
import server.testing.TestNode;
import server.testing.TestNode.Device;
import server.testing.TestSocket;
import tools.jackson.databind.JsonNode;

/// What a message costs PostgreSQL and Redis: statements and commands, as they count them, while
/// senders wait for each answer before they send the next and a receiver acknowledges every
/// message. Counted and not timed, on durable engines.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CostPerMessageTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60); // a busy machine
  private static final long LISTENING = Duration.ofSeconds(6).toNanos(); // the bus waits for 5
  private static final int MANY = 200;
  private static final int WARM_UP = 50; // messages
  private static final int LOGINS_AT_ONCE = 10; // fewer than the node's connections
  private static final Pattern COMMAND = Pattern.compile("cmdstat_(\\S+?):calls=(\\d+)");

  /// What a statement contains, and what it is called here.
  private static final Map<String, String> KINDS =
      Map.of(
          "append_message(", "append one",
          "append_new_messages(", "append new ones",
          "append_messages(", "append after judging",
          "INTO cursors", "acknowledge");

  private Engine postgres;
  private Engine redis;
  private TestNode node;
  private long started;
  private CloseableDSLContext sql;
  private RedisClient redisClient;
  private RedisCommands<String, String> commands;

  @BeforeAll
  void start(@TempDir Path folder) {
    Home home = Home.of(Settings.ofThisProcess(Map.of(), Map.of())).withData(folder);
    postgres =
        EmbeddedPostgres.start(
            home, EngineOptions.standard().with("shared_preload_libraries", "pg_stat_statements"));
    redis = EmbeddedRedis.start(home, EngineOptions.standard());
    PostgresUrl url = PostgresUrl.parse(postgres.url());
    node = TestNode.on(url, RedisUrl.parse(redis.url()));
    started = System.nanoTime();
    sql = DSL.using(url.jdbcUrl(), url.user(), url.password());
    sql.execute("CREATE EXTENSION pg_stat_statements");
    redisClient = RedisClient.create(redis.url());
    commands = redisClient.connect().sync();
  }

  @AfterAll
  void stop() {
    redisClient.shutdown();
    sql.close();
    node.close();
    redis.close();
    postgres.close();
  }

  /// What was counted since the last reset.
  private record Counted(Map<String, Long> statements, Map<String, Long> commands) {
    private static double sum(Map<String, Long> of, int messages) {
      return of.values().stream().mapToLong(n -> n).sum() / (double) messages;
    }

    void print(String title, int messages) {
      System.out.printf(
          "%s: %.3f SQL statements and %.3f Redis commands a message%n",
          title, sum(statements, messages), sum(commands, messages));
      statements.forEach(
          (what, n) -> System.out.printf("  %8.3f SQL %s%n", (double) n / messages, what));
      commands.forEach(
          (what, n) -> System.out.printf("  %8.3f Redis %s%n", (double) n / messages, what));
    }
  }

  private void reset() {
    sql.execute("SELECT pg_stat_statements_reset()");
    commands.configResetstat();
  }

  private Counted counted() {
    Map<String, Long> statements =
        sql
            .fetch(
                "SELECT query, calls FROM pg_stat_statements"
                    + " JOIN pg_database ON oid = dbid AND datname = current_database()"
                    + " WHERE toplevel AND query NOT LIKE '%pg_stat_statements%'")
            .stream()
            .collect(
                Collectors.groupingBy(
                    row -> kind(row.get(0, String.class)),
                    TreeMap::new,
                    summingLong(row -> row.get(1, Long.class))));
    Map<String, Long> sent = new TreeMap<>();
    var matcher = COMMAND.matcher(commands.info("commandstats"));
    while (matcher.find()) {
      if (!matcher.group(1).startsWith("info") && !matcher.group(1).startsWith("config")) {
        sent.put(matcher.group(1), Long.parseLong(matcher.group(2)));
      }
    }
    return new Counted(statements, sent);
  }

  private static String kind(String query) {
    return KINDS.entrySet().stream()
        .filter(kind -> query.contains(kind.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse("other: " + query.replaceAll("\\s+", " ").replaceAll("(.{90}).*", "$1…"));
  }

  @Test
  void aMessageOfALoneSenderCostsAFewStatementsAndCommands() throws Exception {
    Counted counted = measure(1, 300);
    assertTrue(Counted.sum(counted.statements, 300) < 4, counted::toString);
    assertTrue(Counted.sum(counted.commands, 300) < 6, counted::toString);
  }

  @Test
  void manySendersShareTheirStatements() throws Exception {
    int messages = MANY * 25;
    Counted counted = measure(MANY, messages);
    assertFalse(counted.statements.containsKey("append after judging"), counted::toString);
    assertTrue(Counted.sum(counted.statements, messages) < 0.5, counted::toString);
    assertTrue(Counted.sum(counted.commands, messages) < 3, counted::toString);
  }

  @Test
  void aNodeThatHearsOfNoOtherPublishesNoMessage() throws Exception {
    Await.until(
        "it has listened for others", PATIENCE, () -> System.nanoTime() - started > LISTENING);
    long published =
        measure(1, 300).commands.entrySet().stream()
            .filter(command -> command.getKey().endsWith("publish"))
            .mapToLong(Map.Entry::getValue)
            .sum();
    assertTrue(published < 300 / 5, published + " publishes"); // beacons go on
  }

  @Test
  void socketsThatComeBackAtOnceShareTheirQueries() throws Exception {
    int size = 10;
    List<List<Device>> groups =
        Concurrently.run(
            LOGINS_AT_ONCE,
            _ -> {
              List<Device> members = Stream.generate(node::newUser).limit(2 * size).toList();
              for (List<Device> of :
                  List.of(members.subList(0, size), members.subList(size, 2 * size))) {
                UUID group =
                    node.conversation(
                        of.getFirst(), true, of.stream().skip(1).toArray(Device[]::new));
                try (TestSocket socket = node.openAndResume(of.getFirst())) {
                  socket.sayMany(group, 3);
                }
              }
              return members;
            });
    List<Device> all = groups.stream().flatMap(List::stream).toList();
    reset();
    List<TestSocket> sockets = new ArrayList<>();
    try {
      for (Device device : all) {
        sockets.add(node.open(device).send("resume"));
      }
      for (TestSocket socket : sockets) {
        socket.next("caught_up");
      }
      Counted counted = counted();
      counted.print(all.size() + " sockets come back, for each", all.size());
      // Each for itself would ask nine times.
      assertTrue(Counted.sum(counted.statements, all.size()) < 4, counted::toString);
    } finally {
      sockets.forEach(TestSocket::close);
    }
  }

  private Counted measure(int senders, int messages) throws Exception {
    Device receiver = node.newUser();
    List<TestSocket> sockets = new ArrayList<>();
    List<UUID> conversations = new ArrayList<>();
    int part = Math.ceilDiv(senders, LOGINS_AT_ONCE);
    var devices =
        Concurrently.run(
            Math.min(senders, LOGINS_AT_ONCE),
            _ -> Stream.generate(node::newUser).limit(part).toList());
    for (Device sender : devices.stream().flatMap(List::stream).limit(senders).toList()) {
      conversations.add(node.conversation(sender, false, receiver));
      sockets.add(node.openAndResume(sender));
    }
    try (TestSocket inbox = node.openAndResume(receiver)) {
      exchange(sockets, conversations, inbox, receiver, Math.max(1, WARM_UP / senders));
      reset();
      long begun = System.nanoTime();
      exchange(sockets, conversations, inbox, receiver, messages / senders);
      long nanos = System.nanoTime() - begun;
      Counted counted = counted();
      counted.print(senders + (senders == 1 ? " sender" : " senders"), messages);
      reset(); // what runs by the clock alone
      long idle = System.nanoTime();
      Await.until("as long again", PATIENCE, () -> System.nanoTime() - idle > nanos);
      counted()
          .print(
              "  of that nobody's (an idle node, as long: " + nanos / 1_000_000 + " ms)", messages);
      return counted;
    } finally {
      sockets.forEach(TestSocket::close);
    }
  }

  /// Returns when everything is sent, received and acknowledged, durably.
  private void exchange(
      List<TestSocket> sockets,
      List<UUID> conversations,
      TestSocket inbox,
      Device receiver,
      int each)
      throws Exception {
    Thread reading =
        Thread.startVirtualThread(() -> {
          for (int i = 0; i < each * sockets.size(); i++) {
            JsonNode message = inbox.next("message");
            inbox.send(
                "delivered",
                "conversation_id",
                message.path("conversation_id").asString(),
                "seq",
                message.path("seq").asLong());
          }
        });
    Concurrently.run(
        sockets.size(),
        i -> {
          for (int n = 0; n < each; n++) {
            sockets.get(i).say(conversations.get(i), "hello " + n);
          }
          return null;
        });
    reading.join();
    String missing =
        "SELECT count(*) FROM conversations c JOIN members m USING (conversation_id)"
            + " LEFT JOIN cursors k ON k.conversation_id = c.conversation_id AND k.device_id = ?"
            + " WHERE m.user_id = ? AND coalesce(k.delivered_seq, 0) < c.last_seq"
            + " /* not pg_stat_statements */";
    Await.until(
        "all is acknowledged",
        PATIENCE,
        () -> sql.fetchValue(missing, receiver.deviceId(), receiver.userId()).equals(0L));
  }
}
