package bench.cluster;

import fixtures.urls.PostgresUrl;
import org.jooq.impl.DSL;

/// Messages of people who are nobody's clients, in PostgreSQL before a run, so that a move has
/// something to copy.
public final class Stored {
  private static final int IN_A_CONVERSATION = 250;

  private Stored() {}

  /// Makes so many, of 352 bytes each; a few seconds for 100,000.
  public static void make(String postgres, int messages) {
    var url = PostgresUrl.parse(postgres);
    try (var dsl = DSL.using(url.jdbcUrl(), url.user(), url.password())) {
      dsl.execute(
          "INSERT INTO users (phone_number) SELECT '+990' || n FROM generate_series(1, ?) n",
          Math.ceilDiv(messages, IN_A_CONVERSATION));
      dsl.execute(
          "INSERT INTO conversations (type, created_by, member_count, last_seq)"
              + " SELECT 'group', user_id, 1, ? FROM users WHERE phone_number LIKE '+990%'",
          IN_A_CONVERSATION);
      dsl.execute(
          "INSERT INTO messages SELECT c.conversation_id, seq, c.created_by, c.created_by,"
              + " gen_random_uuid(), now(), NULL, NULL,"
              + " decode(repeat(md5(c.conversation_id::text || seq), 22), 'hex')"
              + " FROM conversations c JOIN users u ON u.user_id = c.created_by,"
              + " generate_series(1, ?) seq WHERE u.phone_number LIKE '+990%'",
          IN_A_CONVERSATION);
      dsl.execute("ANALYZE");
      dsl.execute("CHECKPOINT");
    }
  }
}
