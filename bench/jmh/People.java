package bench.jmh;

import static migrate.generated.Tables.CONVERSATIONS;
import static migrate.generated.Tables.MEMBERS;
import static migrate.generated.Tables.USERS;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import server.http.Caller;
import server.messages.Draft;
import server.messages.MessageStore;
import server.messages.PostgresMessageStore;
import server.messages.cql.CqlMessageStore;

/// Users and conversations in the run's PostgreSQL, and a store on either database, set up as a
/// node sets it up. For one thread.
final class People implements AutoCloseable {
  private static final int CONNECTIONS = 4;
  private static final long PHONES = 10_000_000_000L;

  private final HikariDataSource pool;
  private final DSLContext dsl;
  private final String cql;
  private MessageStore store;

  People(EngineUrls urls) {
    var url = PostgresUrl.parse(urls.postgres());
    var config = new HikariConfig();
    config.setJdbcUrl(url.jdbcUrl());
    config.setUsername(url.user());
    config.setPassword(url.password());
    config.setMaximumPoolSize(CONNECTIONS);
    config.addDataSourceProperty("options", "-c synchronous_commit=on -c enable_seqscan=off");
    pool = new HikariDataSource(config);
    dsl = DSL.using(pool, SQLDialect.POSTGRES);
    cql = urls.cql();
  }

  HikariDataSource pool() {
    return pool;
  }

  DSLContext dsl() {
    return dsl;
  }

  CqlUrl cqlUrl() {
    return CqlUrl.parse(cql);
  }

  /// The store on `engine`, `postgres` or `cql`; closed with this.
  MessageStore store(String engine) {
    store =
        engine.equals("cql")
            ? CqlMessageStore.open(cqlUrl(), dsl)
            : new PostgresMessageStore(pool, dsl);
    return store;
  }

  /// New users, with a device each.
  List<Caller> users(int count) {
    List<Caller> users = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      var user = new Caller(UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID());
      dsl.insertInto(USERS, USERS.USER_ID, USERS.PHONE_NUMBER)
          .values(user.userId(), "+" + ThreadLocalRandom.current().nextLong(PHONES, 10 * PHONES))
          .execute();
      users.add(user);
    }
    return users;
  }

  /// A new group of these users.
  UUID group(List<Caller> members) {
    UUID id = UUID.randomUUID();
    dsl.insertInto(CONVERSATIONS)
        .set(CONVERSATIONS.CONVERSATION_ID, id)
        .set(CONVERSATIONS.TYPE, "group")
        .set(CONVERSATIONS.CREATED_BY, members.getFirst().userId())
        .set(CONVERSATIONS.MEMBER_COUNT, members.size())
        .execute();
    for (Caller member : members) {
      dsl.insertInto(MEMBERS, MEMBERS.CONVERSATION_ID, MEMBERS.USER_ID, MEMBERS.ROLE)
          .values(id, member.userId(), "member")
          .execute();
    }
    return id;
  }

  /// So many messages that were never sent before, one conversation after the other.
  static List<Draft> drafts(List<UUID> conversations, Caller sender, int count, byte[] content) {
    var random = ThreadLocalRandom.current();
    List<Draft> drafts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      drafts.add(
          new Draft(
              conversations.get(i % conversations.size()),
              sender.userId(),
              sender.deviceId(),
              new UUID(random.nextLong(), random.nextLong()),
              0,
              null,
              content));
    }
    return drafts;
  }

  @Override
  public void close() {
    if (store != null) {
      store.close();
    }
    pool.close();
  }
}
