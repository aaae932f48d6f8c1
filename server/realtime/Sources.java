package server.realtime;

import java.util.Set;
import java.util.UUID;
import server.conversations.Memberships;
import server.messages.MessageStore;

/// What a hub needs of its node.
interface Sources {
  MessageStore store();

  Memberships memberships();

  /// What every query goes through.
  Reads reads();

  /// Runs what may wait for a database, on a virtual thread of its own; not at all when the node is
  /// going away.
  void later(long afterMillis, Runnable task);

  /// Subscribes the sockets of those users that are on this node and not yet subscribed.
  void attachNewcomers(UUID conversationId, Set<UUID> userIds);
}
