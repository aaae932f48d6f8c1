package server.messages.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.RedisUrl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import server.messages.Appended;
import server.messages.Appends;
import server.messages.Draft;
import server.messages.Message;
import server.messages.StoreUnavailable;
import server.redis.Redis;
import server.testing.Await;
import server.testing.Concurrently;
import server.testing.TestApi.User;
import server.testing.TestConversations;
import server.testing.TestProxy;

/// Nodes on a real Redis and a real database, each with its relay.
final class RelayTest {
  private static final int SHARES = 16;
  private static final long ANSWER_NANOS = 1_000_000_000;
  private static final Duration PATIENCE = Duration.ofSeconds(10); // never the normal case

  private static TestConversations people;
  private static User ann;
  private static User ben;

  private final List<AutoCloseable> closing = new ArrayList<>();

  @BeforeAll
  static void start() {
    people = new TestConversations();
    ann = people.api().user();
    ben = people.api().user();
  }

  @AfterAll
  static void stop() {
    people.close();
  }

  @AfterEach
  void leave() throws Exception {
    for (AutoCloseable each : closing.reversed()) {
      each.close();
    }
  }

  private static int share(UUID conversation) {
    return Math.floorMod(conversation.hashCode(), SHARES);
  }

  private Relay node(RedisUrl url, Appends store) {
    Redis redis = Redis.connect(url);
    closing.add(redis);
    var relay = new Relay(redis, "test", store, RelayTest::share, ANSWER_NANOS);
    closing.add(relay);
    return relay;
  }

  private Relay node(Appends store) {
    return node(people.engines().redis(), store);
  }

  private static void meet(Relay... nodes) {
    for (Relay node : nodes) {
      Await.until("all hear each other", PATIENCE, () -> node.nodes() == nodes.length);
    }
  }

  private static UUID group() {
    return UUID.fromString(people.group(ann));
  }

  /// A group that the other of two nodes writes, which is all but certainly among the first 64.
  private static UUID groupOf(Map<UUID, Set<String>> wrote, String writer, Relay asked) {
    for (int i = 0; i < 64; i++) {
      UUID group = group();
      asked.append(List.of(draft(ann, group)));
      if (wrote.get(group).contains(writer)) {
        return group;
      }
    }
    throw new AssertionError("no share is written by " + writer);
  }

  private static Draft draft(User sender, UUID conversation) {
    return new Draft(
        conversation,
        sender.userId(),
        sender.deviceId(),
        UUID.randomUUID(),
        0,
        null,
        new byte[] {1});
  }

  /// The store, noting who wrote what.
  private static Appends noting(Map<UUID, Set<String>> wrote, String name) {
    return batch -> {
      batch.forEach(draft ->
          wrote
              .computeIfAbsent(draft.conversationId(), _ -> ConcurrentHashMap.newKeySet())
              .add(name));
      return people.messages().append(batch);
    };
  }

  private static List<Long> seqs(UUID conversation) {
    return people
        .messages()
        .readForward(conversation, 0, Long.MAX_VALUE, Integer.MAX_VALUE)
        .stream()
        .map(Message::seq)
        .toList();
  }

  private static List<Long> upTo(long last) {
    return LongStream.rangeClosed(1, last).boxed().toList();
  }

  @Test
  void whateverNodeItComesToAShareIsWrittenByOneAndTheAnswersAreTheStores() throws Exception {
    Map<UUID, Set<String>> wrote = new ConcurrentHashMap<>();
    Relay[] nodes = {node(noting(wrote, "one")), node(noting(wrote, "two"))};
    meet(nodes);
    List<UUID> groups = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      groups.add(group());
    }
    int batches = 20;
    List<List<Appended>> answers =
        Concurrently.run(
            batches,
            number -> {
              List<Draft> batch = new ArrayList<>();
              groups.forEach(group -> batch.add(draft(ann, group)));
              batch.add(draft(ben, groups.getFirst())); // no member
              return nodes[number % 2].append(batch);
            });
    for (int i = 0; i < groups.size(); i++) {
      UUID group = groups.get(i);
      int place = i;
      assertEquals(1, wrote.get(group).size(), "more than one node wrote a share");
      assertEquals(upTo(batches), seqs(group));
      assertEquals(
          upTo(batches),
          answers.stream()
              .map(each -> ((Appended.Stored) each.get(place)).seq())
              .sorted()
              .toList());
    }
    answers.forEach(each -> assertEquals(Appended.Refused.NOT_A_MEMBER, each.getLast()));
    assertTrue(nodes[0].relayed() > 0 && nodes[1].relayed() > 0, "nobody wrote for the other");
    assertEquals(0, nodes[0].passedOver() + nodes[1].passedOver());
  }

  @Test
  void aNodeThatDoesNotAnswerIsPassedOverAndNothingIsStoredTwice() {
    Map<UUID, Set<String>> wrote = new ConcurrentHashMap<>();
    var held = new CountDownLatch(1);
    var late = new CountDownLatch(1);
    var holding = new boolean[1];
    Appends slow =
        batch -> {
          if (holding[0]) {
            try {
              held.await();
              return noting(wrote, "slow").append(batch);
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            } finally {
              late.countDown();
            }
          }
          return noting(wrote, "slow").append(batch);
        };
    Relay fast = node(noting(wrote, "fast"));
    meet(fast, node(slow));
    UUID group = groupOf(wrote, "slow", fast);
    holding[0] = true;
    var stored = assertInstanceOf(Appended.Stored.class, one(fast, draft(ann, group)));
    assertEquals(2, stored.seq());
    assertEquals(1, fast.passedOver());
    assertInstanceOf(Appended.Stored.class, one(fast, draft(ann, group))); // not asked again
    assertEquals(1, fast.passedOver());
    held.countDown();
    assertTrue(await(late));
    assertEquals(upTo(3), seqs(group));
  }

  private static Appended one(Relay node, Draft draft) {
    return node.append(List.of(draft)).getFirst();
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatIsRefusedAfterASilenceIsNotKnownBecauseTheSilentNodeMayYetStoreIt() {
    Map<UUID, Set<String>> wrote = new ConcurrentHashMap<>();
    var held = new CountDownLatch(1);
    var holding = new boolean[1];
    Appends silent =
        batch -> {
          if (holding[0]) {
            await(held);
          }
          return noting(wrote, "silent").append(batch);
        };
    Relay asking = node(noting(wrote, "asking"));
    meet(asking, node(silent));
    UUID group = groupOf(wrote, "silent", asking);
    holding[0] = true;
    assertThrows(StoreUnavailable.class, () -> one(asking, draft(ben, group)));
    held.countDown();
  }

  @Test
  void aFailureAtTheNodeThatWritesIsNotKnownEither() {
    Map<UUID, Set<String>> wrote = new ConcurrentHashMap<>();
    var broken = new boolean[1];
    Appends failing =
        batch -> {
          if (broken[0]) {
            throw new StoreUnavailable(new IllegalStateException("for this test"));
          }
          return noting(wrote, "failing").append(batch);
        };
    Relay asking = node(noting(wrote, "asking"));
    meet(asking, node(failing));
    UUID group = groupOf(wrote, "failing", asking);
    broken[0] = true;
    assertThrows(StoreUnavailable.class, () -> one(asking, draft(ann, group)));
    assertInstanceOf(Appended.Stored.class, one(asking, draft(ann, group))); // written here now
  }

  @Test
  void withoutRedisAndAfterTheOthersLeftANodeWritesForItself() throws Exception {
    Map<UUID, Set<String>> wrote = new ConcurrentHashMap<>();
    TestProxy redis = people.engines().redisProxy();
    Relay near = node(people.engines().redisBy(redis), noting(wrote, "near"));
    Relay far = node(noting(wrote, "far"));
    meet(near, far);
    UUID group = groupOf(wrote, "far", near);
    redis.cut();
    assertInstanceOf(Appended.Stored.class, one(near, draft(ann, group)));
    assertTrue(wrote.get(group).contains("near"));
    redis.mend();
    meet(near, far);
    far.close();
    Await.until("the other left", PATIENCE, () -> near.nodes() == 1);
    assertInstanceOf(Appended.Stored.class, one(near, draft(ann, group)));
    assertEquals(upTo(3), seqs(group));
  }
}
