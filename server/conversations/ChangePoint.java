package server.conversations;

import static migrate.generated.Tables.CONVERSATIONS;

import java.util.UUID;
import org.jooq.DSLContext;

/// The place in a conversation's log at which a change of its members takes effect: up to there a
/// removed member reads, after it delivery to an added one starts.
///
/// Asked inside the transaction that holds the conversation's row lock, which appends wait for too;
/// so no message is stored between this answer and the change's commit. A message store elsewhere
/// has to give the same promise by its own means before it answers.
@FunctionalInterface
public interface ChangePoint {
  /// For messages in PostgreSQL: the head stands in the locked row itself, and is read on the
  /// transaction's own connection, because a second one for each could exhaust the pool.
  ChangePoint POSTGRES =
      (transaction, conversationId) ->
          transaction
              .select(CONVERSATIONS.LAST_SEQ)
              .from(CONVERSATIONS)
              .where(CONVERSATIONS.CONVERSATION_ID.eq(conversationId))
              .fetchSingle()
              .value1();

  /// The conversation's `last_seq`, fixed until the transaction ends.
  long lastSeq(DSLContext transaction, UUID conversationId);
}
