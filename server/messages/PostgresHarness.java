package server.messages;

import com.zaxxer.hikari.HikariDataSource;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import server.testing.TestConversations;
import server.testing.TestEngines;

/// Two nodes' stores on one PostgreSQL.
final class PostgresHarness implements StoreHarness, AutoCloseable {
  private final TestConversations people = new TestConversations();
  private final HikariDataSource otherPool = TestEngines.pool(people.engines().postgres());
  private final MessageStore otherNode =
      new PostgresMessageStore(otherPool, DSL.using(otherPool, SQLDialect.POSTGRES));

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
    otherPool.close();
    people.close();
  }
}
