package server.messages;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import migrate.move.messages.Place;
import migrate.move.messages.Places;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;

/// Where conversations' messages are during one move, which goes one way: what has arrived stays,
/// and is remembered; what has not is asked for each time. A new one for each word of the mover.
/// Thread-safe; blocks.
final class KnownPlaces {
  /// Conversations remembered to have arrived; beyond it they are asked for: some MB of heap.
  private static final int MAX_ARRIVED = 200_000;

  private final Places places;
  private final Place home;
  private final Place to;
  private final Map<UUID, Boolean> arrived = new ConcurrentHashMap<>();

  /// @param home where those are whose rows do not say
  /// @param to where they go
  KnownPlaces(DSLContext dsl, Place home, Place to) {
    this.places = new Places(dsl);
    this.home = home;
    this.to = to;
  }

  /// Where they probably are, without asking.
  Map<UUID, Place> likely(Collection<UUID> conversations) {
    Map<UUID, Place> likely = new HashMap<>();
    conversations.forEach(id -> likely.put(id, arrived.containsKey(id) ? to : home));
    return likely;
  }

  /// Where they are, at some moment after this was called; what does not exist is left out.
  Map<UUID, Place> of(Collection<UUID> conversations) {
    Map<UUID, Place> found = new HashMap<>();
    List<UUID> open = new ArrayList<>();
    for (UUID id : conversations) {
      if (arrived.containsKey(id)) {
        found.put(id, to);
      } else {
        open.add(id);
      }
    }
    if (!open.isEmpty()) {
      try {
        places
            .of(open, home)
            .forEach((id, place) -> {
              found.put(id, place);
              if (place == to && arrived.size() < MAX_ARRIVED) {
                arrived.put(id, true);
              }
            });
      } catch (DataAccessException e) {
        throw new StoreUnavailable(e);
      }
    }
    return found;
  }
}
