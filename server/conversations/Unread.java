package server.conversations;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import server.messages.Cursor;
import server.messages.MessageStore;

/// Counts what a user has not read: others' messages after its highest `read_seq` on any of its
/// devices, or after the message at which it joined, whichever is later. Thread-safe.
final class Unread {
  /// The contract's bound: apps show "999+", and counting further costs.
  static final int CAP = 999;

  private final MessageStore messages;

  Unread(MessageStore messages) {
    this.messages = messages;
  }

  /// @param lastSeq the conversation's last message
  record Counts(long lastSeq, int unread) {}

  /// The last message of each conversation, for [#of].
  Map<UUID, Long> heads(Collection<UUID> conversationIds) {
    return messages.heads(conversationIds);
  }

  /// The counts of one user's conversations up to these heads; each of them has an entry.
  Map<UUID, Counts> of(UUID userId, Collection<Membership> memberships, Map<UUID, Long> heads) {
    List<UUID> ids = memberships.stream().map(Membership::conversationId).toList();
    Map<UUID, Long> readTo = new HashMap<>();
    for (Cursor cursor : messages.cursorsOfUser(userId, ids)) {
      readTo.merge(cursor.conversationId(), cursor.readSeq(), Math::max);
    }
    List<MessageStore.Span> unread = new ArrayList<>();
    for (Membership membership : memberships) {
      UUID id = membership.conversationId();
      long head = heads.getOrDefault(id, 0L);
      long after = Math.max(readTo.getOrDefault(id, 0L), membership.startSeq());
      if (after < head) {
        unread.add(new MessageStore.Span(id, after, head));
      }
    }
    Map<UUID, Integer> others = messages.countOthers(userId, unread, CAP);
    Map<UUID, Counts> counts = new HashMap<>();
    for (UUID id : ids) {
      counts.put(id, new Counts(heads.getOrDefault(id, 0L), others.getOrDefault(id, 0)));
    }
    return counts;
  }
}
