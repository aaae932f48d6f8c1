package server.realtime;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import server.conversations.Membership;
import server.conversations.Memberships;
import server.messages.Batcher;
import server.messages.Message;
import server.messages.MessageStore;

/// The conversations that have sockets on this node, and where what this node commits goes: to its
/// own sockets without a detour, and to the other nodes through the bus.
///
/// A hub lives from its first socket to its last; its channel is subscribed within the same atomic
/// step of the map, so that a hub that comes while another goes keeps its subscription.
final class Hubs implements Sources, Batcher.Committed {
  /// Larger contents are read from the store by whoever needs them, instead of passing Redis.
  private static final int MAX_PUBLISHED_BYTES = 16 * 1024;

  private static final int POLLED_USERS = 500; // in one query

  private final Map<UUID, Hub> hubs = new ConcurrentHashMap<>();
  private final Reads reads;
  private final Sockets sockets;
  private final MessageStore store;
  private final Memberships memberships;
  private final Bus bus;
  private final Flusher flusher;
  private final BiConsumer<UUID, Long> committed;
  private final ScheduledExecutorService timer;
  private final Executor blocking;

  /// @param committed is told of the last seq of conversations this node commits to
  Hubs(
      Sockets sockets,
      MessageStore store,
      Memberships memberships,
      Bus bus,
      Flusher flusher,
      BiConsumer<UUID, Long> committed,
      ScheduledExecutorService timer,
      Executor blocking) {
    this.sockets = sockets;
    this.store = store;
    this.memberships = memberships;
    this.bus = bus;
    this.flusher = flusher;
    this.committed = committed;
    this.timer = timer;
    this.blocking = blocking;
    this.reads = new Reads(store, memberships, blocking);
  }

  @Override
  public MessageStore store() {
    return store;
  }

  @Override
  public Memberships memberships() {
    return memberships;
  }

  @Override
  public Reads reads() {
    return reads;
  }

  @Override
  public void later(long afterMillis, Runnable task) {
    try {
      if (afterMillis == 0) {
        blocking.execute(task);
      } else {
        timer.schedule(() -> later(0, task), afterMillis, TimeUnit.MILLISECONDS);
      }
    } catch (RejectedExecutionException _) {
      // The node is going away; its clients find what they lack at another one.
    }
  }

  /// The hub of a conversation, or null when no socket here is in it.
  Hub find(UUID conversationId) {
    return hubs.get(conversationId);
  }

  Collection<Hub> all() {
    return hubs.values();
  }

  @Override
  public void message(Message message, long membersVersion) {
    UUID id = message.conversationId();
    Hub hub = hubs.get(id);
    if (hub != null) {
      hub.arrived(message, membersVersion);
    }
    bus.publish(
        id,
        message.content().length <= MAX_PUBLISHED_BYTES
            ? new BusEvent.Committed(message, membersVersion)
            : new BusEvent.Reaches(id, message.seq()));
    committed.accept(id, message.seq());
  }

  @Override
  public void repeated(UUID conversationId, long seq) {
    Hub hub = hubs.get(conversationId);
    if (hub != null) {
      hub.reaches(seq);
    }
    bus.publish(conversationId, new BusEvent.Reaches(conversationId, seq));
    committed.accept(conversationId, seq);
  }

  @Override
  public void batchBegin() {
    flusher.hold();
  }

  @Override
  public void batchEnd() {
    flusher.release();
    bus.flush();
  }

  /// The socket's subscription to a conversation; a new one is unplaced.
  Subscription attach(ClientSocket socket, UUID conversationId) {
    Subscription[] attached = new Subscription[1];
    hubs.compute(
        conversationId,
        (id, present) -> {
          Hub hub = present == null ? new Hub(id, this) : present;
          if (present == null) {
            bus.subscribe(id);
          }
          attached[0] = hub.attach(socket);
          return hub;
        });
    socket.subscriptions().put(conversationId, attached[0]);
    if (!sockets.contains(socket)) { // it closed while this was going on: nobody else would undo it
      detach(socket);
    }
    return attached[0];
  }

  /// Ends all of a socket's subscriptions.
  void detach(ClientSocket socket) {
    for (UUID id : List.copyOf(socket.subscriptions().keySet())) {
      Subscription subscription = socket.subscriptions().remove(id);
      if (subscription != null) {
        hubs.compute(
            id,
            (_, hub) -> {
              if (hub != null && hub.detach(subscription)) {
                bus.unsubscribe(id);
                return null;
              }
              return hub;
            });
      }
    }
  }

  /// Brings a fresh socket into all conversations of its user. Nothing is delivered before a
  /// resume.
  void attachAll(ClientSocket socket) {
    attachAll(socket, reads.membershipsOf(socket.userId()));
  }

  private void attachAll(ClientSocket socket, List<Membership> of) {
    boolean came = false;
    for (Membership membership : of) {
      if (membership.active() && !socket.subscriptions().containsKey(membership.conversationId())) {
        attach(socket, membership.conversationId());
        came = true;
      }
    }
    if (came) {
      socket.pump().newcomers();
    }
  }

  @Override
  public void attachNewcomers(UUID conversationId, Set<UUID> userIds) {
    for (UUID user : userIds) {
      for (ClientSocket socket : sockets.ofUser(user)) {
        if (!socket.subscriptions().containsKey(conversationId)) {
          attach(socket, conversationId);
          socket.pump().newcomers();
        }
      }
    }
  }

  /// Asks the store how far every conversation with sockets here goes: finds whatever was missed.
  void poll() {
    Map<UUID, Hub> asked = new HashMap<>(hubs);
    asked.values().removeIf(hub -> hub.head() < 0); // nobody resumed there
    reads
        .take(() -> store.heads(asked.keySet()))
        .forEach((id, head) -> asked.get(id).reaches(head));
  }

  /// The same for members: brings every socket into its user's conversations, and has every hub ask
  /// who its members are.
  void pollMembers() {
    List<UUID> users = new ArrayList<>(sockets.users());
    for (int from = 0; from < users.size(); from += POLLED_USERS) {
      List<UUID> some = users.subList(from, Math.min(users.size(), from + POLLED_USERS));
      reads
          .take(() -> memberships.ofUsers(some))
          .forEach((user, of) -> sockets.ofUser(user).forEach(socket -> attachAll(socket, of)));
    }
    hubs.values().forEach(Hub::membersUnknown);
  }
}
