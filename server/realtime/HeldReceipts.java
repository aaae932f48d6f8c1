package server.realtime;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/// Receipts that wait for a slow reader: only the latest of each cursor. Thread-safe.
final class HeldReceipts {
  /// Beyond it the oldest is dropped, the routes still tell it: some 200 KB of heap.
  private static final int MAX_HELD = 1024;

  private record Key(UUID conversationId, UUID deviceId) {}

  private final Map<Key, ServerFrame.ReceiptNotice> held = new LinkedHashMap<>(); // guarded by this

  /// Keeps a receipt in place of an older one of the same cursor.
  synchronized void hold(ServerFrame.ReceiptNotice receipt) {
    held.put(new Key(receipt.conversationId(), receipt.deviceId()), receipt);
    if (held.size() > MAX_HELD) {
      held.remove(held.keySet().iterator().next());
    }
  }

  /// Hands all on and forgets them.
  synchronized void release(Consumer<ServerFrame.ReceiptNotice> to) {
    held.values().forEach(to);
    held.clear();
  }

  /// While nothing is held a receipt may go out directly, else it would overtake.
  synchronized boolean isEmpty() {
    return held.isEmpty();
  }
}
