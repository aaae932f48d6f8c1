package server.realtime;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import server.conversations.Membership;
import server.messages.Acknowledgement;
import server.messages.Acknowledging;
import server.messages.Cursor;

/// Where delivery to a socket starts, in all its conversations after a resume and in those that it
/// came into since. Blocks; runs on the socket's pump.
///
/// The order matters. Subscribed first, then heads: what is committed after the heads were read is
/// heard of. Heads before memberships: a membership that was read after a message was visible tells
/// who may have it.
final class Resuming {
  /// As many as fit a frame of 128 KiB with room to spare; clients with more know the rest by
  /// heart.
  private static final int MAX_TOLD_CURSORS = 2_000;

  private static final int MAX_ATTEMPTS = 5; // of placing, while members come and go

  private final Hubs hubs;
  private final Acknowledging acknowledging;

  Resuming(Hubs hubs, Acknowledging acknowledging) {
    this.hubs = hubs;
    this.acknowledging = acknowledging;
  }

  /// Places every subscription of the socket.
  ///
  /// @return those that lack something
  List<Subscription> start(ClientSocket socket, ClientFrame.Resume resume) {
    UUID user = socket.userId();
    Set<UUID> ids = new HashSet<>();
    for (Membership membership : hubs.reads().membershipsOf(user)) {
      ids.add(membership.conversationId());
      if (membership.active()) {
        hubs.attach(socket, membership.conversationId());
      }
    }
    return new Placing(socket, ids, resume.cursors(), true).all();
  }

  /// Places the subscriptions that came after the socket had resumed.
  ///
  /// @return all of them
  List<Subscription> newcomers(ClientSocket socket) {
    Set<UUID> ids = new HashSet<>();
    for (Subscription subscription : socket.subscriptions().values()) {
      subscription.hub.lock.lock();
      try {
        if (!subscription.placed()) {
          ids.add(subscription.hub.conversationId());
        }
      } finally {
        subscription.hub.lock.unlock();
      }
    }
    new Placing(socket, ids, Map.of(), false).all();
    return ids.stream()
        .map(socket.subscriptions()::get)
        .filter(java.util.Objects::nonNull)
        .toList();
  }

  /// One round of placing.
  private final class Placing {
    private final ClientSocket socket;
    private final Map<UUID, Long> named;
    private final boolean resuming;
    private final Set<UUID> ids;
    private final Map<UUID, Long> known = new HashMap<>();
    private final List<Subscription> lacking = new ArrayList<>();

    Placing(ClientSocket socket, Set<UUID> ids, Map<UUID, Long> named, boolean resuming) {
      this.socket = socket;
      this.ids = ids;
      this.named = named;
      this.resuming = resuming;
    }

    List<Subscription> all() {
      if (ids.isEmpty()) {
        return lacking;
      }
      UUID user = socket.userId();
      socket.subscriptions().forEach((id, s) -> known.put(id, s.hub.membersVersion()));
      Map<UUID, Long> heads = hubs.reads().heads(ids);
      List<Membership> of = hubs.reads().membershipsOf(user);
      Map<UUID, Cursor> cursors =
          hubs.reads().cursors(user, ids).values().stream()
              .flatMap(List::stream)
              .filter(cursor -> socket.isDevice(cursor.deviceId()))
              .collect(Collectors.toMap(Cursor::conversationId, Function.identity()));
      for (Membership membership : of) {
        UUID id = membership.conversationId();
        if (ids.contains(id)) {
          Cursor cursor = cursors.get(id);
          place(membership, heads.getOrDefault(id, 0L), cursor == null ? 0 : cursor.deliveredSeq());
        }
      }
      return lacking;
    }

    private void place(Membership first, long firstHead, long delivered) {
      UUID id = first.conversationId();
      Membership membership = first;
      long head = firstHead;
      for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
        long to = membership.readableTo(head);
        long from = Math.max(membership.startSeq(), delivered);
        Long asked = named.get(id);
        if (asked != null && asked > from) {
          acknowledge(id, Math.min(asked, to));
        }
        // Below its start there is history for a member, not delivery.
        long position = asked == null ? from : Math.max(membership.startSeq(), Math.min(asked, to));
        if (!membership.active() && position >= to && !socket.subscriptions().containsKey(id)) {
          return; // it left, and has all it may have
        }
        Subscription subscription = hubs.attach(socket, id);
        Long version = known.get(id);
        if (version != null
            && subscription.hub.place(
                subscription, new Start(membership, version, head, position, resuming ? to : 0))) {
          if (position < to) {
            lacking.add(subscription);
          }
          return;
        }
        known.put(id, subscription.hub.membersVersion());
        head = hubs.reads().heads(List.of(id)).getOrDefault(id, 0L);
        membership = hubs.reads().take(() -> hubs.memberships().access(id, socket.userId()));
      }
      throw new IllegalStateException("the members of " + id + " change all the time");
    }

    private void acknowledge(UUID conversationId, long seq) {
      acknowledging.acknowledge(
          new Acknowledgement(conversationId, socket.userId(), socket.caller().deviceId(), seq, 0),
          seq);
    }
  }

  /// The frame that ends the backlog.
  ///
  /// @param first whose cursors are told in any case
  ServerFrame.CaughtUp caughtUp(
      ClientSocket socket, ClientFrame.Resume resume, List<Subscription> first) {
    Map<UUID, Long> told = new LinkedHashMap<>();
    List<Subscription> all = new ArrayList<>(first);
    all.addAll(socket.subscriptions().values());
    for (Subscription subscription : all) {
      if (told.size() == MAX_TOLD_CURSORS) {
        break;
      }
      subscription.hub.lock.lock();
      try {
        if (subscription.placed() && subscription.position > 0) {
          told.put(subscription.hub.conversationId(), subscription.position);
        }
      } finally {
        subscription.hub.lock.unlock();
      }
    }
    return new ServerFrame.CaughtUp(resume.id(), told);
  }
}
