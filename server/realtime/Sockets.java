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
          return late ? present : socket;
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

  /// A device opened a socket, on this node or another. All nodes hear of all of them in one order,
  /// by which the older sockets know that they are: what comes before a socket's own announcement
  /// is older than it. One whose announcement does not come back goes by the time.
  void announced(BusEvent.DeviceOpened opened, boolean here) {
    ClientSocket present = byDevice.get(opened.deviceId());
    if (present == null) {
      return;
    }
    if (here) {
      present.announced(opened.number());
    } else if (present.isAnnounced()) {
      present.close(SocketClose.REPLACED);
    }
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
