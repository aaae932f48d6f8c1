package server.messages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static server.messages.StoreHarness.range;
import static server.messages.StoreHarness.seqs;
import static server.messages.TroubledStore.Trouble.NONE;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import server.http.ApiError;
import server.http.ErrorCode;
import server.messages.Answers.Answer;
import server.messages.Appended.Stored;
import server.testing.Concurrently;
import server.testing.TestApi.User;

/// Everything at once: outages, lost answers, faults, full queues, retries, poison, strangers.
class BatcherChaosTest extends BatcherFixture {
  private static final int THREADS = 6;
  private static final int OFFERS = 300;
  private static final long LATE_MILLIS = 30;

  private final Set<Draft.Key> poisoned = ConcurrentHashMap.newKeySet();

  @Test
  void everybodyIsAnsweredOnceAndTheAnswersAreTrue() throws Exception {
    long wait = TimeUnit.MILLISECONDS.toNanos(LATE_MILLIS);
    use(3, new FairQueue.Bounds(8, 1024 * 1024, wait), CLOSE_MILLIS);
    List<UUID> groups = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      groups.add(on.group(ann));
    }
    User stranger = on.user();
    store.meetAnything();
    Concurrently.run(
        THREADS,
        _ -> {
          offerMany(groups, stranger);
          return null;
        });
    List<Answer> all = answers.awaitEachOnce();
    assertEquals(THREADS * OFFERS, all.size());
    store.meet(NONE);
    var log = new HashMap<Draft.Key, Message>();
    for (UUID group : groups) {
      List<Message> messages = on.log(group);
      assertEquals(range(1, messages.size()), seqs(messages));
      for (Message m : messages) {
        assertNull(log.put(new Draft.Key(group, m.senderDeviceId(), m.clientMessageId()), m));
      }
    }
    judge(all, log);
  }

  private void offerMany(List<UUID> groups, User stranger) {
    var random = ThreadLocalRandom.current();
    List<Draft> own = new ArrayList<>();
    for (int i = 0; i < OFFERS; i++) {
      UUID group = groups.get(random.nextInt(groups.size()));
      int kind = random.nextInt(10);
      Draft draft = on.draft(kind == 0 ? stranger : ann, group, "first");
      if (kind == 1) {
        draft = withType(draft, "a\0b");
        poisoned.add(draft.key());
      } else if (kind >= 2 && kind <= 4 && !own.isEmpty()) {
        draft = own.get(random.nextInt(own.size()));
      }
      own.add(draft);
      Answer answer = answers.offer(draft);
      if (random.nextInt(4) == 0) {
        answer.get();
      }
    }
  }

  private static Draft withType(Draft draft, String type) {
    return new Draft(
        draft.conversationId(),
        draft.senderUserId(),
        draft.senderDeviceId(),
        draft.clientMessageId(),
        draft.replyToSeq(),
        type,
        draft.content());
  }

  private void judge(List<Answer> all, Map<Draft.Key, Message> log) {
    Map<Draft.Key, List<Answer>> byKey =
        all.stream().collect(Collectors.groupingBy(answer -> answer.draft.key()));
    Set<Object> kinds = new HashSet<>();
    int newOnes = 0;
    for (var entry : byKey.entrySet()) {
      Message message = log.get(entry.getKey());
      boolean mayBeStored = false;
      for (Answer answer : entry.getValue()) {
        switch (answer.get()) {
          case Stored stored -> {
            assertEquals(message.seq(), stored.seq());
            assertEquals(message.sentAt(), stored.sentAt());
            newOnes += stored.repeated() ? 0 : 1;
            mayBeStored = true;
            kinds.add(stored.repeated());
          }
          case ApiError error -> {
            mayBeStored |= error.code() != ErrorCode.OVERLOADED;
            kinds.add(error.code());
          }
          case Object refused -> kinds.add(refused);
        }
      }
      assertTrue(message == null || mayBeStored, () -> "refused and stored: " + entry.getValue());
      assertTrue(message == null || !poisoned.contains(entry.getKey()), "poison is stored");
    }
    assertEquals(batcher.messages(), newOnes);
    // It did meet all of that.
    Set<Object> expected =
        Set.of(
            true,
            false,
            ErrorCode.OVERLOADED,
            ErrorCode.UNAVAILABLE,
            ErrorCode.INTERNAL_ERROR,
            Appended.Refused.NOT_A_MEMBER);
    assertEquals(expected, kinds);
    log.keySet().removeAll(byKey.keySet());
    assertEquals(Map.of(), log);
  }
}
