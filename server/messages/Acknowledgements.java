package server.messages;

import java.util.concurrent.CompletableFuture;

/// Takes acknowledgements, gathers those that come in together, and writes them in one go.
/// Thread-safe; does not block.
@FunctionalInterface
public interface Acknowledgements {
  /// Queues one acknowledgement that was judged by [Acknowledging] before.
  ///
  /// @return done when it is durable; fails with [StoreUnavailable] or, when the queue is full, with
  ///     an `ApiError` `OVERLOADED`
  CompletableFuture<Void> submit(Acknowledgement acknowledgement);
}
