package server.messages;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;
import server.messages.Appended.Refused;
import server.messages.Appended.Stored;
import server.testing.Concurrently;
import server.testing.TestApi.User;

/// [MessageStore] against a model in memory, in random runs: one thread against the very model,
/// several threads on two nodes against what any order of their steps could explain.
abstract class StoreModelContract {
  private static final int CONVERSATIONS = 2;
  private static final int USERS = 3;
  private static final int IDS = 4;
  private static final int MAX_BATCH = 6;
  private static final int MAX_REPLY = 8;

  /// The same for all runs of a class.
  abstract StoreHarness harness();

  /// A run's conversations and senders. The owner administers and never leaves.
  private static final class World {
    private static final AtomicInteger texts = new AtomicInteger();
    final StoreHarness on;
    final User owner;
    final List<User> users = new ArrayList<>();
    final List<UUID> conversations = new ArrayList<>();
    private final Map<Integer, UUID> ids = new HashMap<>();

    World(StoreHarness on) {
      this.on = on;
      owner = on.user();
      for (int i = 0; i < USERS; i++) {
        users.add(on.user());
      }
      for (int i = 0; i < CONVERSATIONS; i++) {
        conversations.add(on.group(owner, users.toArray(User[]::new)));
      }
      for (int i = 0; i < IDS; i++) {
        ids.put(i, UUID.randomUUID());
      }
    }

    /// Each with a text of its own, so that it shows whose content is kept.
    List<Draft> drafts(Step.Send send) {
      List<Draft> drafts = new ArrayList<>();
      Set<Draft.Key> keys = new HashSet<>();
      for (Step.Item item : send.items()) {
        User user = users.get(item.user());
        byte[] text = ("text " + texts.incrementAndGet()).getBytes(StandardCharsets.UTF_8);
        Draft draft =
            new Draft(
                conversations.get(item.conversation()),
                user.userId(),
                user.deviceId(),
                ids.get(item.id()),
                item.replyTo(),
                null,
                text);
        if (keys.add(draft.key())) {
          drafts.add(draft);
        }
      }
      return drafts;
    }

    void toggle(UUID conversation, User user, boolean isMember) {
      if (isMember) {
        on.remove(owner, conversation, user);
      } else {
        on.add(owner, conversation, user);
      }
    }
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    var conversation = Arbitraries.integers().between(0, CONVERSATIONS - 1);
    var user = Arbitraries.integers().between(0, USERS - 1);
    var id = Arbitraries.integers().between(0, IDS - 1);
    var reply =
        Arbitraries.frequencyOf(
            Tuple.of(3, Arbitraries.just(0)),
            Tuple.of(1, Arbitraries.integers().between(1, MAX_REPLY)));
    Arbitrary<Step.Item> item =
        Combinators.combine(conversation, user, id, reply).as(Step.Item::new);
    Arbitrary<Step> send = item.list().ofMinSize(1).ofMaxSize(MAX_BATCH).map(Step.Send::new);
    Arbitrary<Step> toggle = Combinators.combine(conversation, user).as(Step.Toggle::new);
    return Arbitraries.frequencyOf(Tuple.of(3, send), Tuple.of(1, toggle)).list().ofMaxSize(15);
  }

  @Provide
  Arbitrary<List<List<Step>>> threads() {
    return steps().list().ofMinSize(2).ofMaxSize(5);
  }

  @Property(tries = 30)
  void oneByOneItDoesWhatTheModelDoes(@ForAll("steps") List<Step> steps) {
    World world = new World(harness());
    var model = new StoreModel();
    for (UUID conversation : world.conversations) {
      world.users.forEach(user -> model.join(conversation, user.userId()));
    }
    for (Step step : steps) {
      switch (step) {
        case Step.Send send -> {
          List<Draft> drafts = world.drafts(send);
          List<StoreModel.Answer> answers =
              harness().store().append(drafts).stream().map(StoreModelContract::plain).toList();
          assertEquals(model.append(drafts), answers);
        }
        case Step.Toggle(int number, int userNumber) -> {
          UUID conversation = world.conversations.get(number);
          User user = world.users.get(userNumber);
          boolean member = model.isMember(conversation, user.userId());
          world.toggle(conversation, user, member);
          if (member) {
            model.leave(conversation, user.userId());
          } else {
            model.join(conversation, user.userId());
          }
        }
      }
    }
    for (UUID conversation : world.conversations) {
      List<Message> log = harness().log(conversation);
      List<StoreModel.Entry> expected = model.log(conversation);
      assertEquals(expected.size(), harness().head(conversation));
      assertEquals(expected.size(), log.size());
      for (int i = 0; i < log.size(); i++) {
        Message message = log.get(i);
        assertEquals(i + 1, message.seq());
        assertArrayEquals(expected.get(i).content(), message.content());
        assertEquals(expected.get(i).replyToSeq(), message.replyToSeq());
      }
    }
  }

  private static StoreModel.Answer plain(Appended answer) {
    return switch (answer) {
      case Stored stored -> new StoreModel.Answer(stored.seq(), stored.repeated(), null);
      case Refused refused -> new StoreModel.Answer(0, false, refused);
    };
  }

  /// Not shrunk: what failed once by chance of timing may not fail again.
  @Property(tries = 25, shrinking = ShrinkingMode.OFF)
  void anyInterleavingIsExplainedBySomeOrder(@ForAll("threads") List<List<Step>> threads)
      throws Exception {
    World world = new World(harness());
    Set<UUID> members = world.users.stream().map(User::userId).collect(Collectors.toSet());
    members.add(world.owner.userId());
    Map<UUID, StoreHistory> histories = new HashMap<>();
    for (UUID conversation : world.conversations) {
      Draft first = harness().draft(world.owner, conversation, "the first");
      Stored answer = harness().stored(first);
      var history = new StoreHistory(conversation, members, answer.membersVersion());
      history.answered(first, 0, answer, history.begin());
      histories.put(conversation, history);
    }
    Concurrently.run(
        threads.size(),
        number -> {
          MessageStore store = number % 2 == 0 ? harness().store() : harness().otherNode();
          threads.get(number).forEach(step -> take(step, world, histories, store));
          return null;
        });
    histories.forEach((conversation, history) -> history.judge(harness().log(conversation)));
  }

  private static void take(
      Step step, World world, Map<UUID, StoreHistory> histories, MessageStore store) {
    switch (step) {
      case Step.Send send -> {
        List<Draft> drafts = world.drafts(send);
        Map<UUID, StoreHistory.Begin> begins = new HashMap<>();
        histories.forEach((conversation, history) -> begins.put(conversation, history.begin()));
        List<Appended> answers = store.append(drafts);
        for (int i = 0; i < drafts.size(); i++) {
          UUID conversation = drafts.get(i).conversationId();
          histories
              .get(conversation)
              .answered(drafts.get(i), i, answers.get(i), begins.get(conversation));
        }
      }
      case Step.Toggle(int number, int userNumber) -> {
        UUID conversation = world.conversations.get(number);
        User user = world.users.get(userNumber);
        histories
            .get(conversation)
            .toggle(user.userId(), isMember -> world.toggle(conversation, user, isMember));
      }
    }
  }
}
