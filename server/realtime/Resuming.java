package server.realtime;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import server.conversations.Membership;
import server.messages.Acknowledgement;
import server.messages.Acknowledging;
import server.messages.Cursor;

/// The start of delivery to a socket: where its device is in each of its conversations, and how far
/// each of them goes. Blocks; runs on the socket's pump.
final class Resuming {
  /// As many as fit a frame of 128 KiB with room to spare; clients with more know the rest by
  /// heart.
  private static final int MAX_TOLD_CURSORS = 2_000;

  private final Hubs hubs;
  private final Acknowledging acknowledging;

  Resuming(Hubs hubs, Acknowledging acknowledging) {
    this.hubs = hubs;
    this.acknowledging = acknowledging;
  }

  /// Positions every subscription of the socket.
  ///
  /// @return those that lack something
  List<Subscription> start(ClientSocket socket, ClientFrame.Resume resume) {
    UUID user = socket.userId();
    // Heads before memberships: a membership read after a message was visible tells who may have
    // it.
    List<UUID> known =
        hubs.memberships().ofUser(user).stream().map(Membership::conversationId).toList();
    Map<UUID, Long> heads = new HashMap<>(hubs.store().heads(known));
    List<Membership> memberships =
        hubs.memberships().ofUser(user).stream()
            .filter(m -> heads.containsKey(m.conversationId()))
            .toList();
    Map<UUID, Cursor> cursors =
        hubs
            .store()
            .cursorsOfUser(user, memberships.stream().map(Membership::conversationId).toList())
            .stream()
            .filter(cursor -> socket.isDevice(cursor.deviceId()))
            .collect(Collectors.toMap(Cursor::conversationId, cursor -> cursor));
    List<Subscription> lacking = new ArrayList<>();
    for (Membership membership : memberships) {
      long to = membership.readableTo(heads.get(membership.conversationId()));
      Cursor cursor = cursors.get(membership.conversationId());
      long from = Math.max(membership.startSeq(), cursor == null ? 0 : cursor.deliveredSeq());
      Long named = resume.cursors().get(membership.conversationId());
      if (named != null && named > from) {
        acknowledge(socket, membership, Math.min(named, to));
      }
      long position = named == null ? from : Math.min(named, to);
      if (!membership.active() && position >= to) {
        continue; // it left, and has all it may have
      }
      Subscription subscription = hubs.attach(socket, membership.conversationId(), position);
      subscription.hub.reaches(heads.get(membership.conversationId()));
      if (position(socket, subscription, membership, position, to)) {
        lacking.add(subscription);
      }
    }
    return lacking;
  }

  private static boolean position(
      ClientSocket socket,
      Subscription subscription,
      Membership membership,
      long position,
      long to) {
    subscription.hub.lock.lock();
    try {
      socket.forgotten(subscription);
      subscription.position = position;
      subscription.end = membership.leftSeq();
      subscription.backlogTo = to;
      subscription.live = false; // nothing is pushed before the backlog is through
      return position < to;
    } finally {
      subscription.hub.lock.unlock();
    }
  }

  private void acknowledge(ClientSocket socket, Membership membership, long seq) {
    acknowledging.acknowledge(
        new Acknowledgement(
            membership.conversationId(), socket.userId(), socket.caller().deviceId(), seq, 0),
        seq);
  }

  /// The frame that ends the backlog.
  ServerFrame.CaughtUp caughtUp(ClientSocket socket, ClientFrame.Resume resume) {
    Map<UUID, Long> told = new LinkedHashMap<>();
    for (Subscription subscription : socket.subscriptions().values()) {
      if (told.size() == MAX_TOLD_CURSORS) {
        break;
      }
      subscription.hub.lock.lock();
      try {
        if (subscription.position > 0) {
          told.put(subscription.hub.conversationId(), subscription.position);
        }
      } finally {
        subscription.hub.lock.unlock();
      }
    }
    return new ServerFrame.CaughtUp(resume.id(), told);
  }
}
