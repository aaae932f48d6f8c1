package server.messages.cql;

import java.util.Map;
import java.util.Set;
import java.util.UUID;

/// Who is in which conversation, as PostgreSQL has it.
interface Roster {
  /// @param version of the conversation's members
  /// @param members which of those asked about are members
  record Standing(long version, Set<UUID> members) {
    /// Of a conversation whose messages live in another store.
    static final Standing ELSEWHERE = new Standing(-1, Set.of());

    boolean here() {
      return version >= 0;
    }
  }

  /// Reads after all changes of these conversations' members that were under way have ended, for
  /// better or worse: waits for them, a few seconds at most. A conversation that does not exist is
  /// left out.
  ///
  /// @param users to ask about, by conversation
  /// @throws server.messages.StoreUnavailable when PostgreSQL does not answer
  Map<UUID, Standing> read(Map<UUID, Set<UUID>> users);
}
