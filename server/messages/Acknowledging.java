package server.messages;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import server.conversations.Membership;
import server.conversations.Memberships;
import server.http.ApiError;

/// The rule of who may acknowledge what, for the receipts route and for sockets alike: a member up
/// to the conversation's last message, a former member up to the one at which it left. Thread-safe.
public final class Acknowledging {
  private final Memberships memberships;
  private final MessageStore messages;
  private final Acknowledgements queue;

  public Acknowledging(Memberships memberships, MessageStore messages, Acknowledgements queue) {
    this.memberships = memberships;
    this.messages = messages;
    this.queue = queue;
  }

  /// Judges and queues an acknowledgement. Blocks only when something has to be looked up.
  ///
  /// @param acknowledgement a `deliveredSeq` below its `readSeq` counts as equal to it
  /// @param knownSeq a seq of this conversation that this user was given before, 0 for none: up to
  ///   there nothing is looked up, because what one may read never shrinks
  /// @return done when it is durable, as [Acknowledgements#submit]
  /// @throws ApiError for others than members, and above the last message
  public CompletableFuture<Void> acknowledge(Acknowledgement acknowledgement, long knownSeq) {
    long delivered = Math.max(acknowledgement.deliveredSeq(), acknowledgement.readSeq());
    if (acknowledgement.readSeq() < 0 || acknowledgement.deliveredSeq() < 0) {
      throw ApiError.invalid("a seq is below 0; acknowledge the last message you have");
    }
    if (delivered > knownSeq) {
      judge(acknowledgement, delivered);
    }
    if (delivered == 0) {
      return CompletableFuture.completedFuture(null); // says nothing, and would only make a row
    }
    return queue.submit(
        new Acknowledgement(
            acknowledgement.conversationId(),
            acknowledgement.userId(),
            acknowledgement.deviceId(),
            delivered,
            acknowledgement.readSeq()));
  }

  private void judge(Acknowledgement acknowledgement, long delivered) {
    UUID id = acknowledgement.conversationId();
    Map<UUID, Long> heads =
        messages.heads(List.of(id)); // before the membership, as in HistoryRoutes
    Membership membership = memberships.access(id, acknowledgement.userId());
    long last = membership.readableTo(heads.getOrDefault(id, 0L));
    if (delivered > last) {
      throw ApiError.invalid(
          "seq "
              + delivered
              + " is above the last message you can have, "
              + last
              + "; acknowledge only what you were given");
    }
  }
}
