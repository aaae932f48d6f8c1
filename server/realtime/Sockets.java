package server.realtime;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/// The open sockets of this node, by device and by user. Thread-safe.
final class Sockets {
  private final Map<UUID, ClientSocket> byDevice = new ConcurrentHashMap<>();
  private final Map<UUID, Set<ClientSocket>> byUser = new ConcurrentHashMap<>();
  private final UUID node;
  private final OpeningClock clock;

  Sockets(UUID node, OpeningClock clock) {
    this.node = node;
    this.clock = clock;
  }

  /// Adds a socket. Jetty may open two of one device in another order than it upgraded them: the
  /// one that was upgraded later stays.
  ///
  /// @return the one that is replaced, or null; it may be `socket` itself
  ClientSocket add(ClientSocket socket) {
    ClientSocket[] older = new ClientSocket[1];
    byDevice.compute(
        socket.caller().deviceId(),
        (_, present) -> {
          boolean late = present != null && present.number() > socket.number();
          older[0] = late ? socket : present;
          if (late) {
            return present;
          }
          socket.opened(clock.next());
          return socket;
        });
    byUser.compute(
        socket.userId(),
        (_, present) -> {
          Set<ClientSocket> sockets = present == null ? ConcurrentHashMap.newKeySet(2) : present;
          sockets.add(socket);
          return sockets;
        });
    return older[0];
  }

  /// Removes a socket.
  ///
  /// @return false when it was not there (any more)
  boolean remove(ClientSocket socket) {
    byDevice.remove(socket.caller().deviceId(), socket);
    boolean[] removed = new boolean[1];
    byUser.computeIfPresent(
        socket.userId(),
        (_, sockets) -> {
          removed[0] = sockets.remove(socket);
          return sockets.isEmpty() ? null : sockets;
        });
    return removed[0];
  }

  boolean contains(ClientSocket socket) {
    return byUser.getOrDefault(socket.userId(), Set.of()).contains(socket);
  }

  /// A device opened a socket on another node. Of two the one that was opened later stays: each
  /// node decides it for its own, and both in the same way.
  ///
  /// @return the one that is replaced, or null
  ClientSocket heard(BusEvent.DeviceOpened opened, UUID byNode) {
    clock.heard(opened.at()); // before the look: a socket that is added after it is the newer one
    ClientSocket[] older = new ClientSocket[1];
    byDevice.computeIfPresent( // waits for one that is just being added
        opened.deviceId(),
        (_, present) -> {
          int order = Long.compare(opened.at(), present.openedAt());
          boolean newer = order > 0 || order == 0 && byNode.compareTo(node) > 0;
          older[0] = newer ? present : null;
          return present;
        });
    return older[0];
  }

  /// The device's socket, or null.
  ClientSocket ofDevice(UUID deviceId) {
    return byDevice.get(deviceId);
  }

  Collection<ClientSocket> ofUser(UUID userId) {
    return byUser.getOrDefault(userId, Set.of());
  }

  /// Whether a user has a socket here.
  boolean hasUser(UUID userId) {
    return byUser.containsKey(userId);
  }

  Set<UUID> users() {
    return Set.copyOf(byUser.keySet());
  }

  List<ClientSocket> all() {
    return byUser.values().stream().flatMap(Set::stream).toList();
  }

  int count() {
    return byDevice.size();
  }

  /// What is queued for all of them: bytes.
  long queuedBytes() {
    return byDevice.values().stream().mapToLong(ClientSocket::queuedBytes).sum();
  }
}
