package server.messages;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import server.messages.Appended.Stored;
import server.testing.TestApi.User;
import server.testing.TestConversations;

/// What the contract of [MessageStore] is tried on, and short words to try it with. Each store
/// gives its own.
interface StoreHarness {
  /// Users and groups, changed the server's own way.
  TestConversations people();

  /// The store of one node.
  MessageStore store();

  /// The store of another node on the same database, with connections of its own.
  MessageStore otherNode();

  default User user() {
    return people().api().user();
  }

  /// A new group; the first user is its admin.
  default UUID group(User admin, User... others) {
    return UUID.fromString(people().group(admin, others));
  }

  /// Ends a membership, and returns when the server has answered.
  default void remove(User admin, UUID group, User removed) {
    expect(204, people().remove(admin, group.toString(), removed).status());
  }

  /// Makes a member, and returns when the server has answered.
  default void add(User admin, UUID group, User added) {
    expect(201, people().add(admin, group.toString(), added).status());
  }

  private static void expect(int status, int answered) {
    if (status != answered) {
      throw new AssertionError("a change of members answered " + answered);
    }
  }

  /// A message that was never sent before.
  default Draft draft(User sender, UUID conversation, String text) {
    return draft(sender, conversation, UUID.randomUUID(), text);
  }

  default Draft draft(User sender, UUID conversation, UUID clientMessageId, String text) {
    byte[] content = text.getBytes(StandardCharsets.UTF_8);
    return new Draft(
        conversation, sender.userId(), sender.deviceId(), clientMessageId, 0, null, content);
  }

  default Draft reply(User sender, UUID conversation, long toSeq) {
    byte[] content = {};
    return new Draft(
        conversation, sender.userId(), sender.deviceId(), UUID.randomUUID(), toSeq, null, content);
  }

  default Appended append(Draft draft) {
    return store().append(List.of(draft)).getFirst();
  }

  /// Appends what must be stored.
  default Stored stored(Draft draft) {
    return (Stored) append(draft);
  }

  /// Appends `count` messages in one batch.
  default void fill(User sender, UUID conversation, int count) {
    Draft[] drafts = new Draft[count];
    Arrays.setAll(drafts, i -> draft(sender, conversation, "" + (i + 1)));
    store().append(List.of(drafts));
  }

  /// All of a conversation.
  default List<Message> log(UUID conversation) {
    return store().readForward(conversation, 0, Long.MAX_VALUE, Integer.MAX_VALUE);
  }

  default List<String> texts(UUID conversation) {
    return log(conversation).stream().map(StoreHarness::text).toList();
  }

  static String text(Message message) {
    return new String(message.content(), StandardCharsets.UTF_8);
  }

  static List<Long> seqs(List<Message> messages) {
    return messages.stream().map(Message::seq).toList();
  }

  static List<Long> range(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  /// The seqs of what must have been stored.
  static List<Long> seqsOf(List<Appended> answers) {
    return answers.stream().map(answer -> ((Stored) answer).seq()).toList();
  }

  default long head(UUID conversation) {
    return store().heads(List.of(conversation)).getOrDefault(conversation, -1L);
  }
}
