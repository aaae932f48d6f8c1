package server.messages;

import java.util.concurrent.CompletableFuture;

/// Takes what devices acknowledge. Whether the device may, and whether the message exists, is the
/// caller's to check before.
@FunctionalInterface
public interface Acknowledgements {
  /// Queues it; never blocks.
  ///
  /// @return completes once it is stored (also when it raised nothing), or fails with
  ///   [StoreUnavailable] or, when too many wait, [server.http.ApiError] `OVERLOADED`
  CompletableFuture<Void> submit(Acknowledgement acknowledgement);
}
