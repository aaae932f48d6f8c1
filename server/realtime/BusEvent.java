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
  /// @param changes how many of [Changed] it has told before
  /// @param heads the last seq of each conversation it committed to lately
  record Beacon(long count, long changes, Map<UUID, Long> heads) implements BusEvent {
    @Override
    public boolean heardByItsNode() {
      return true; // it learns that Redis passes events on
    }
  }

  /// To every node: this one stops, and will send no more beacons.
  record Leaving() implements BusEvent {}

  /// To every node.
  record Changed(ConversationChange change) implements BusEvent {}

  /// To every node: a user came online or left, or opens one more socket.
  ///
  /// @param news false when only those who are online are to answer
  /// @param conversations whose members are told
  record PresenceChanged(UUID userId, boolean online, boolean news, List<UUID> conversations)
      implements BusEvent {}

  /// To every node: for the sockets of `to`, who asked by coming online.
  record PresenceTold(UUID to, List<UUID> online) implements BusEvent {}

  /// To every node: this device opened a socket; an older one elsewhere is replaced.
  ///
  /// @param at by the [OpeningClock]
  record DeviceOpened(UUID deviceId, long at) implements BusEvent {}

  /// Whether the node that sends it hears it too.
  default boolean heardByItsNode() {
    return false;
  }
}
