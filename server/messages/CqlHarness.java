package server.messages;

import fixtures.urls.CqlUrl;
import server.conversations.ChangePoint;
import server.messages.cql.CqlMessageStore;
import server.testing.TestConversations;
import server.testing.TestCql;

/// Two nodes' stores on one Cassandra; the first one's fences are what changes of members use.
final class CqlHarness implements StoreHarness, AutoCloseable {
  private final CqlUrl keyspace = TestCql.newKeyspace();
  private final TestConversations people =
      new TestConversations(engines -> {
        var store = CqlMessageStore.open(keyspace, engines.dsl());
        ChangePoint fences = (_, conversation) -> store.fence(conversation);
        return new TestConversations.Messages(store, fences);
      });
  private final MessageStore otherNode = CqlMessageStore.open(keyspace, people.dsl());

  CqlUrl keyspace() {
    return keyspace;
  }

  @Override
  public TestConversations people() {
    return people;
  }

  @Override
  public MessageStore store() {
    return people.messages();
  }

  @Override
  public MessageStore otherNode() {
    return otherNode;
  }

  @Override
  public void close() {
    otherNode.close();
    people.close();
  }
}
