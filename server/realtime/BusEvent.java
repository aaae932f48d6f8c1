package server.realtime;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import server.conversations.ConversationChange;
import server.messages.Message;

/// What nodes tell each other through Redis. All of it may be lost: each receiver finds out by
/// `seq`, by versions or by asking the database.
sealed interface BusEvent {
  /// On a conversation's channel: it was committed.
  record Committed(Message message, long membersVersion) implements BusEvent {}

  /// On a conversation's channel, for messages too large to travel twice: it was committed up to
  /// here.
  record Reaches(UUID conversationId, long seq) implements BusEvent {}

  /// On a conversation's channel: a cursor rose; for the sockets of `users`.
  record ReceiptRose(ServerFrame.ReceiptNotice notice, Collection<UUID> users)
      implements BusEvent {}

  /// On a conversation's channel.
  record Typed(ServerFrame.Typing typing) implements BusEvent {}

  /// To every node, several times a second, also when there is nothing to tell: whoever hears the
  /// numbers jump, or hears nothing, has missed something.
  ///
  /// @param count 1, 2, 3 … since the node started
  /// @param heads the last seq of each conversation it committed to lately
  record Beacon(long count, Map<UUID, Long> heads) implements BusEvent {}

  /// To every node.
  record Changed(ConversationChange change) implements BusEvent {}

  /// To every node: a user came online or left.
  ///
  /// @param conversations whose members are told
  record PresenceChanged(UUID userId, boolean online, List<UUID> conversations)
      implements BusEvent {}

  /// To every node: for the sockets of `to`, who asked by coming online.
  record PresenceTold(UUID to, List<UUID> online) implements BusEvent {}

  /// To every node: this device opened a socket; an older one elsewhere is replaced.
  record DeviceOpened(UUID deviceId) implements BusEvent {}
}
