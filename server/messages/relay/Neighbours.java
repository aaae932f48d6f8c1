package server.messages.relay;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/// Which nodes are there, as one of them hears it, and which of them writes what. Nodes may hold
/// different views for a while; that costs time, never correctness. Thread-safe.
final class Neighbours {
  /// Announcements missed until a node counts as gone: nearly three.
  static final long SILENCE_NANOS = 700_000_000L;

  /// A node that did not answer is not asked again for so long.
  static final long AVOIDED_NANOS = 5_000_000_000L;

  private final UUID self;
  private final LongSupplier nanos;
  private final Map<UUID, Long> heardAt = new ConcurrentHashMap<>();
  private final Map<UUID, Long> avoidedAt = new ConcurrentHashMap<>();

  /// @param nanos the time, of [System#nanoTime]
  Neighbours(UUID self, LongSupplier nanos) {
    this.self = self;
    this.nanos = nanos;
  }

  void heard(UUID node) {
    heardAt.put(node, nanos.getAsLong());
  }

  void left(UUID node) {
    heardAt.remove(node);
  }

  void avoid(UUID node) {
    avoidedAt.put(node, nanos.getAsLong());
  }

  /// Forgets who has been silent for long.
  void forget() {
    heardAt.values().removeIf(at -> nanos.getAsLong() - at > SILENCE_NANOS);
    avoidedAt.values().removeIf(at -> nanos.getAsLong() - at > AVOIDED_NANOS);
  }

  /// How many nodes are heard, this one included.
  int count() {
    return (int) heardAt.keySet().stream().filter(this::isHeard).count();
  }

  /// Whether that node and this one itself are heard: an answer can be hoped for.
  boolean hears(UUID node) {
    return isHeard(self) && isHeard(node);
  }

  private boolean isHeard(UUID node) {
    Long at = heardAt.get(node);
    return at != null && nanos.getAsLong() - at <= SILENCE_NANOS;
  }

  /// Who writes this share of the conversations: of the nodes that are there the one whose draw for
  /// it is highest, so that a node that comes or goes moves no other's shares (rendezvous hashing).
  ///
  /// @return this node itself when it hears nobody
  UUID writer(int share) {
    UUID best = self;
    if (!isHeard(self)) {
      return best;
    }
    long highest = draw(self, share);
    for (UUID node : heardAt.keySet()) {
      long draw = draw(node, share);
      if (draw > highest && isHeard(node) && !isAvoided(node)) {
        best = node;
        highest = draw;
      }
    }
    return best;
  }

  private boolean isAvoided(UUID node) {
    Long at = avoidedAt.get(node);
    return at != null && nanos.getAsLong() - at <= AVOIDED_NANOS;
  }

  /// Mixes all bits of the id and the share (the finalizer of SplitMix64).
  private static long draw(UUID node, int share) {
    long mixed =
        node.getMostSignificantBits()
            ^ Long.rotateLeft(node.getLeastSignificantBits(), 32)
            ^ share * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ mixed >>> 30) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
    return mixed ^ mixed >>> 31;
  }
}
