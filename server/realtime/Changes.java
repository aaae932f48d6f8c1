package server.realtime;

import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.conversations.ConversationChange;
import server.conversations.ConversationChange.Kind;
import server.conversations.Conversations;
import server.conversations.Memberships;

/// Changes of conversations: subscribes whoever came, ends whoever left, tells the members. Changes
/// made here go to the other nodes by the bus; what the bus loses is found by polling the members
/// that changed lately.
final class Changes implements ConversationChange.Listener {
  private static final int MAX_REMEMBERED =
      20_000; // versions seen by the poll; forgotten at once beyond
  private static final Logger log = LoggerFactory.getLogger(Changes.class);

  private final Hubs hubs;
  private final Sockets sockets;
  private final Memberships memberships;
  private final Conversations conversations;
  private final Bus bus;
  private final Map<UUID, Long> seen = new ConcurrentHashMap<>();
  private volatile Instant polledTo =
      Instant.now(); // only the poll's thread writes; the query has slack

  Changes(
      Hubs hubs, Sockets sockets, Memberships memberships, Conversations conversations, Bus bus) {
    this.hubs = hubs;
    this.sockets = sockets;
    this.memberships = memberships;
    this.conversations = conversations;
    this.bus = bus;
  }

  @Override
  public void changed(ConversationChange change) {
    bus.publish(new BusEvent.Changed(change));
    bus.flush();
    heard(change);
  }

  /// A change made here or told by another node.
  void heard(ConversationChange change) {
    hubs.blocking()
        .execute(() -> {
          try {
            take(change);
          } catch (RuntimeException e) {
            log.warn(
                "a change of {} waits for the poll: {}", change.conversationId(), e.toString());
          }
        });
  }

  private void take(ConversationChange change) {
    UUID id = change.conversationId();
    seen.merge(id, change.membersVersion(), Math::max);
    Set<UUID> members = new HashSet<>(memberships.members(id).userIds());
    refresh(id, members, change.membersVersion());
    Set<UUID> told = new HashSet<>(members);
    if (change.change() == Kind.MEMBER_REMOVED && change.userId() != null) {
      told.add(change.userId());
    }
    told.removeIf(user -> !sockets.hasUser(user));
    if (!told.isEmpty()) {
      var frame = new SharedFrame(notice(change));
      told.forEach(user -> sockets.ofUser(user).forEach(socket -> socket.tell(frame)));
    }
  }

  private ServerFrame.ConversationNotice notice(ConversationChange change) {
    Conversations.Title title = conversations.title(change.conversationId());
    return new ServerFrame.ConversationNotice(
        change.conversationId(),
        change.change().name().toLowerCase(Locale.ROOT),
        change.userId(),
        title.name(),
        title.metadata());
  }

  private void refresh(UUID id, Set<UUID> members, long version) {
    hubs.attachNewcomers(id, members);
    Hub hub = hubs.find(id);
    if (hub != null) {
      hub.membersChanged(version);
    }
  }

  /// Finds changes of members that nobody told. Blocks.
  void poll() {
    Memberships.Changes changes = memberships.changedSince(polledTo);
    if (seen.size() > MAX_REMEMBERED) {
      seen.clear();
    }
    if (!changes.complete()) {
      hubs.all().forEach(hub -> hub.membersChanged(Long.MAX_VALUE));
    }
    changes
        .versions()
        .forEach((id, version) -> {
          if (seen.getOrDefault(id, 0L) < version) {
            refresh(id, new HashSet<>(memberships.members(id).userIds()), version);
            seen.merge(id, version, Math::max);
          }
        });
    polledTo = changes.asOf();
  }
}
