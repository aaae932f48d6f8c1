package server.realtime;

import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.conversations.ConversationChange;
import server.conversations.ConversationChange.Kind;
import server.conversations.Conversations;
import server.conversations.Memberships;

/// Changes of conversations: subscribes whoever came, ends whoever left, tells the members. Changes
/// made here go to the other nodes by the bus; what the bus loses is found by polling the members
/// that changed lately. The changes of one conversation are taken one after the other.
final class Changes implements ConversationChange.Listener {
  /// Versions that were taken; beyond it all are forgotten, and some are taken twice.
  private static final int MAX_REMEMBERED = 20_000;

  private static final Logger log = LoggerFactory.getLogger(Changes.class);

  private final Hubs hubs;
  private final Sockets sockets;
  private final Memberships memberships;
  private final Conversations conversations;
  private final Consumer<ConversationChange> others;
  private final Lanes lanes;
  private final Map<UUID, Long> taken = new ConcurrentHashMap<>();

  /// By this node's clock until the first poll, by the database's since; a query has slack for
  /// both.
  private volatile Instant polledTo = Instant.now();

  /// @param others tells the other nodes
  Changes(
      Hubs hubs,
      Sockets sockets,
      Memberships memberships,
      Conversations conversations,
      Consumer<ConversationChange> others) {
    this.hubs = hubs;
    this.sockets = sockets;
    this.memberships = memberships;
    this.conversations = conversations;
    this.others = others;
    this.lanes = new Lanes(task -> hubs.later(0, task));
  }

  @Override
  public void changed(ConversationChange change) {
    others.accept(change);
    heard(change);
  }

  /// A change made here or told by another node. One that does not fit is found by the poll.
  void heard(ConversationChange change) {
    lanes.offer(
        change.conversationId(),
        () -> {
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
    Set<UUID> told = refresh(id, change.membersVersion());
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
    Conversations.Title title =
        hubs.reads().take(() -> conversations.title(change.conversationId()));
    return new ServerFrame.ConversationNotice(
        change.conversationId(),
        change.change().name().toLowerCase(Locale.ROOT),
        change.userId(),
        title.name(),
        title.metadata());
  }

  /// Brings subscriptions in line with the members, and gives these.
  private Set<UUID> refresh(UUID id, long version) {
    Set<UUID> members = new HashSet<>(hubs.reads().take(() -> memberships.members(id)).userIds());
    hubs.attachNewcomers(id, members);
    Hub hub = hubs.find(id);
    if (hub != null) {
      hub.membersChanged(version, members);
    }
    taken.merge(id, version, Math::max);
    return members;
  }

  /// Finds changes of members that nobody told. Blocks.
  void poll() {
    Memberships.Changes changes = hubs.reads().take(() -> memberships.changedSince(polledTo));
    if (taken.size() > MAX_REMEMBERED) {
      taken.clear();
    }
    if (!changes.complete()) {
      hubs.pollMembers();
    }
    changes
        .versions()
        .forEach((id, version) -> {
          if (taken.getOrDefault(id, 0L) < version) {
            refresh(id, version);
          }
        });
    polledTo = changes.asOf();
  }
}
