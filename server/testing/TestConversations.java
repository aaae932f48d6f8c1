package server.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import server.conversations.ChangePoint;
import server.conversations.ConversationChange;
import server.conversations.ConversationRoutes;
import server.conversations.Conversations;
import server.conversations.Creation;
import server.conversations.GroupChanges;
import server.conversations.MemberRoutes;
import server.conversations.Memberships;
import server.messages.Acknowledging;
import server.messages.Appended;
import server.messages.CoalescingAcknowledgements;
import server.messages.Draft;
import server.messages.HistoryRoutes;
import server.messages.MessageStore;
import server.messages.PostgresMessageStore;
import server.messages.ReceiptRoutes;
import server.messages.SyncRoutes;
import server.testing.TestApi.Answer;
import server.testing.TestApi.User;

/// The routes of conversations and of reading messages on a real PostgreSQL, and short ways to fill
/// it. Thread-safe.
public final class TestConversations implements AutoCloseable {
  private static final int MAX_BATCH = 500;

  /// Where messages live, and what puts changes of members in their place among them.
  public record Messages(MessageStore store, ChangePoint changePoint) {}

  private final TestEngines engines = TestEngines.fresh();
  private final DSLContext dsl = engines.dsl();
  private final MessageStore messages;
  private final CoalescingAcknowledgements acknowledgements;
  private final Map<UUID, Queue<ConversationChange>> changes = new ConcurrentHashMap<>();
  private final TestApi api;

  /// With messages in PostgreSQL.
  public TestConversations() {
    this(engines ->
        new Messages(
            new PostgresMessageStore(engines.dataSource(), engines.dsl()), ChangePoint.POSTGRES));
  }

  /// With messages elsewhere; closes the store with itself.
  public TestConversations(Function<TestEngines, Messages> where) {
    Messages there = where.apply(engines);
    this.messages = there.store();
    this.acknowledgements = new CoalescingAcknowledgements(messages, _ -> {});
    ConversationChange.Listener listener =
        change ->
            changes
                .computeIfAbsent(change.conversationId(), _ -> new ConcurrentLinkedQueue<>())
                .add(change);
    var memberships = new Memberships(dsl);
    var conversations = new Conversations(dsl, messages);
    var groups = new GroupChanges(dsl, there.changePoint(), listener);
    var acknowledging = new Acknowledging(memberships, messages, acknowledgements);
    this.api =
        TestApi.serving(
            dsl,
            new ConversationRoutes(new Creation(dsl, listener), conversations, groups),
            new MemberRoutes(conversations, memberships, groups),
            new HistoryRoutes(memberships, messages),
            new ReceiptRoutes(memberships, messages, acknowledging),
            new SyncRoutes(memberships, messages));
  }

  public TestApi api() {
    return api;
  }

  public DSLContext dsl() {
    return dsl;
  }

  /// What it all runs on.
  public TestEngines engines() {
    return engines;
  }

  public MessageStore messages() {
    return messages;
  }

  /// What the listener was told of a conversation, in order.
  public List<ConversationChange> heard(String conversationId) {
    return List.copyOf(
        changes.getOrDefault(UUID.fromString(conversationId), new ConcurrentLinkedQueue<>()));
  }

  /// A direct conversation's id.
  public String direct(User one, User other) {
    return created(one, "direct", other);
  }

  /// A group's id; the first user is its admin.
  public String group(User admin, User... others) {
    return created(admin, "group", others);
  }

  private static String created(User creator, String type, User... others) {
    String ids =
        Stream.of(others).map(u -> "\"" + u.userId() + "\"").collect(Collectors.joining(","));
    Answer answer =
        creator.post("/conversations", "{\"type\":\"" + type + "\",\"member_ids\":[" + ids + "]}");
    if (answer.status() >= 300) {
      throw new AssertionError(answer.json());
    }
    return answer.text("conversation_id");
  }

  /// Adds a plain member.
  public Answer add(User admin, String conversationId, User added) {
    return admin.post(
        "/conversations/" + conversationId + "/members",
        "{\"user_id\":\"" + added.userId() + "\"}");
  }

  /// Removes a member, or leaves.
  public Answer remove(User by, String conversationId, User removed) {
    return by.delete("/conversations/" + conversationId + "/members/" + removed.userId());
  }

  /// Stores messages of one byte.
  public List<Appended> send(User sender, String conversationId, int count) {
    return send(sender, conversationId, count, 1);
  }

  /// Stores messages of `bytes` bytes.
  public List<Appended> send(User sender, String conversationId, int count, int bytes) {
    List<Appended> answers = new ArrayList<>();
    List<Draft> batch = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      batch.add(
          new Draft(
              UUID.fromString(conversationId),
              sender.userId(),
              sender.deviceId(),
              UUID.randomUUID(),
              0,
              null,
              new byte[bytes]));
      if (batch.size() == MAX_BATCH || i == count - 1) {
        answers.addAll(messages.append(batch));
        batch = new ArrayList<>();
      }
    }
    return answers;
  }

  @Override
  public void close() {
    api.close();
    acknowledgements.close();
    messages.close();
    engines.close();
  }
}
