package server.messages.cql;

import static server.messages.cql.ModelDatabase.check;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import server.messages.Appended;
import server.messages.Draft;
import server.messages.Message;
import server.messages.StoreUnavailable;

/// One run of the commit protocol's real code over the model: two nodes with two senders each, and
/// two who change members, while answers are lost and nodes die. Afterwards everything that anybody
/// was told is judged.
final class Exploration {
  private static final int NODES = 2;
  private static final int SENDERS_A_NODE = 2;
  private static final int CHANGERS = 2;
  private static final int CALLS = 4;
  private static final int CHANGES = 2;
  private static final int KEYS = 3; // few, so that retries and rivals meet
  private static final int MAX_REPLY = 3;

  private final Random random;
  private final Bug bug;
  private final ModelNode.Faults faults;
  private final Turns turns;
  private final ModelDatabase db = new ModelDatabase();
  private final ModelNode[] nodes = new ModelNode[NODES];
  private final List<UUID> conversations = new ArrayList<>();
  private final List<UUID> users = new ArrayList<>();
  private final UUID owner = new UUID(0, 999); // never leaves
  private final Judge judge = new Judge(db);
  private int contents;

  Exploration(long seed, Bug bug, ModelNode.Faults faults) {
    this.random = new Random(seed);
    this.bug = bug;
    this.faults = faults;
    this.turns = new Turns(random);
    for (int i = 0; i < 3; i++) {
      users.add(new UUID(1, i));
    }
    Set<UUID> all = new HashSet<>(users);
    all.add(owner);
    for (int i = 0; i < 2; i++) {
      conversations.add(new UUID(2, i));
      db.create(conversations.get(i), all);
    }
    judge.members(all);
  }

  /// Runs and judges; the number of steps it took.
  int run() throws Throwable {
    for (int i = 0; i < NODES; i++) {
      for (int sender = 0; sender < SENDERS_A_NODE; sender++) {
        int number = i;
        turns.actor("sender " + i + "." + sender, () -> send(number));
      }
    }
    for (int i = 0; i < CHANGERS; i++) {
      int number = i % NODES;
      turns.actor("changer " + i, () -> change(number));
    }
    turns.run();
    return recover();
  }

  /// The node, or a new one in its place.
  private ModelNode node(int number) {
    if (nodes[number] == null || nodes[number].isDead()) {
      nodes[number] = new ModelNode(db, turns, random, faults, bug);
    }
    return nodes[number];
  }

  private void send(int number) {
    for (int i = 0; i < CALLS; i++) {
      List<Draft> drafts = drafts();
      Judge.Attempt attempt = judge.begin(drafts);
      try {
        List<Appended> answers = node(number).slot().append(drafts);
        judge.answered(attempt, answers);
      } catch (StoreUnavailable | ModelNode.Crash _) {
        // unknown for ever: the attempt stays without an answer
      }
    }
  }

  private List<Draft> drafts() {
    Map<Draft.Key, Draft> drafts = new HashMap<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      UUID conversation = conversations.get(random.nextInt(2));
      UUID user = users.get(random.nextInt(users.size()));
      UUID id = new UUID(3, random.nextInt(KEYS));
      long reply = random.nextInt(4) == 0 ? random.nextInt(MAX_REPLY) + 1 : 0;
      Draft draft = draft(conversation, user, id, reply);
      drafts.putIfAbsent(draft.key(), draft);
    }
    return List.copyOf(drafts.values());
  }

  private Draft draft(UUID conversation, UUID user, UUID id, long reply) {
    byte[] content = ("" + contents++).getBytes(StandardCharsets.US_ASCII);
    return new Draft(conversation, user, user, id, reply, null, content);
  }

  /// As GroupChanges does it: lock the row, fence, commit, answer.
  private void change(int number) {
    for (int i = 0; i < CHANGES; i++) {
      UUID conversation = conversations.get(random.nextInt(2));
      UUID user = users.get(random.nextInt(users.size()));
      Object transaction = new Object();
      turns.until(() -> !db.isLocked(conversation));
      db.lock(conversation, transaction);
      try {
        ModelNode node = node(number);
        node.step();
        long head =
            bug == Bug.NO_FENCE
                ? db.head(conversation)
                : node.slot().fence(Set.of(conversation)).get(conversation);
        if (faults.lose()) {
          db.unlock(conversation, transaction); // PostgreSQL ended it, and nobody knows yet
        }
        node.step();
        boolean committed = db.commit(conversation, user, head, transaction);
        node.step(); // it may die before it answers
        if (committed) {
          judge.changeAnswered(conversation);
        }
      } catch (StoreUnavailable | ModelNode.Crash _) {
        db.unlock(conversation, transaction);
      }
    }
  }

  /// A last node, to which nothing happens, appends once more; then everything is judged.
  private int recover() throws Throwable {
    int steps = turns.steps();
    var calm = new Turns(new Random(1));
    var quiet =
        new ModelNode.Faults() {
          @Override
          public boolean crash() {
            return false;
          }

          @Override
          public boolean lose() {
            return false;
          }
        };
    var last = new ModelNode(db, calm, new Random(1), quiet, bug);
    calm.actor(
        "the last",
        () -> {
          for (UUID conversation : conversations) {
            List<Draft> drafts = List.of(draft(conversation, owner, new UUID(4, 0), 0));
            judge.answered(judge.begin(drafts), last.slot().append(drafts));
          }
        });
    calm.run();
    for (UUID conversation : conversations) {
      List<Message> log = db.messages(conversation);
      check(db.head(conversation) == log.size(), "the head is not the last seq");
      judge.judge(conversation, log);
    }
    return steps;
  }
}
