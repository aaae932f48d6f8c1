package server.messages;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import server.testing.TestConversations;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CqlMessageStoreTest extends MessageStoreContract {
  private CqlHarness harness;

  @BeforeAll
  void start() {
    harness = new CqlHarness();
  }

  @AfterAll
  void stop() {
    harness.close();
  }

  @Override
  public TestConversations people() {
    return harness.people();
  }

  @Override
  public MessageStore store() {
    return harness.store();
  }

  @Override
  public MessageStore otherNode() {
    return harness.otherNode();
  }
}
