package server.messages.cql;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import server.messages.Draft;

/// A deliberate fault under the protocol, to show that the explorer finds what it looks for.
enum Bug {
  NONE,
  /// An append without an answer is taken for a success.
  UNKNOWN_IS_ADDED,
  /// Heads and keys are written before the messages.
  HEADS_FIRST,
  /// Members are read without waiting for changes that are under way.
  MEMBERS_WITHOUT_WAITING,
  /// A change of members asks for the head and leaves the log alone.
  NO_FENCE,
  /// Keys are not looked up.
  NO_LOOK_UP,
  /// Entries that another node appended are taken for applied.
  OTHERS_HAVE_APPLIED;

  SlotLog log(ModelNode node) {
    return this == UNKNOWN_IS_ADDED || this == OTHERS_HAVE_APPLIED ? new Faulty(node) : node;
  }

  /// Passes everything on, but for one thing.
  private final class Faulty extends PassingLog {
    Faulty(SlotLog log) {
      super(log);
    }

    @Override
    public Place place(int slot) {
      Place place = super.place(slot);
      return Bug.this == OTHERS_HAVE_APPLIED ? new Place(head(slot, 0), place.trimmed()) : place;
    }

    @Override
    public Outcome append(int slot, long position, Entry entry) {
      Outcome outcome = super.append(slot, position, entry);
      return Bug.this == UNKNOWN_IS_ADDED && outcome instanceof Unknown ? new Added() : outcome;
    }
  }

  Rows rows(ModelNode node) {
    return switch (this) {
      case HEADS_FIRST, NO_LOOK_UP ->
          new Rows() {
            @Override
            public Map<Draft.Key, First> firsts(Collection<Draft.Key> keys) {
              return Bug.this == NO_LOOK_UP ? Map.of() : node.firsts(keys);
            }

            @Override
            public Map<UUID, Long> heads(Collection<UUID> conversations) {
              return node.heads(conversations);
            }

            @Override
            public void writeMessages(Entry entry) {
              if (Bug.this == HEADS_FIRST) {
                node.writeKeysAndHeads(entry);
              } else {
                node.writeMessages(entry);
              }
            }

            @Override
            public void writeKeysAndHeads(Entry entry) {
              if (Bug.this == HEADS_FIRST) {
                node.writeMessages(entry);
              } else {
                node.writeKeysAndHeads(entry);
              }
            }
          };
      default -> node;
    };
  }

  Roster roster(ModelNode node, ModelDatabase db) {
    return this != MEMBERS_WITHOUT_WAITING
        ? node
        : (Map<UUID, Set<UUID>> users) -> {
          node.step();
          return node.standings(users.keySet());
        };
  }
}
