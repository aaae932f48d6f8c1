package server.messages.cql;

import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;
import server.messages.Draft;

/// What the commit protocol asks of the tables that entries are applied to: plain reads and plain
/// idempotent writes at `LOCAL_QUORUM`. Thread-safe; blocks; a database that does not answer shows
/// as [server.messages.StoreUnavailable].
interface Rows {
  /// The answer that a key got first.
  record First(long seq, Instant sentAt) {}

  /// The keys that were stored before.
  Map<Draft.Key, First> firsts(Collection<Draft.Key> keys);

  /// The last seq of each conversation; one without messages is left out.
  Map<UUID, Long> heads(Collection<UUID> conversations);

  /// Writes an entry's messages; done when all are.
  void writeMessages(Entry entry);

  /// Writes what makes an entry's messages known: its keys, and the heads. Called after its
  /// messages are written, so that who sees a head finds every message up to it.
  void writeKeysAndHeads(Entry entry);
}
