package server.realtime;

import java.util.Map;
import java.util.UUID;
import server.http.Caller;
import server.messages.Draft;

/// What a client says on a socket, parsed and checked for form.
sealed interface ClientFrame {
  /// The client's own number, or [ServerFrame#NO_ID].
  long id();

  /// Store a message.
  ///
  /// @param replyToSeq 0 for none
  record Send(
      long id,
      UUID conversationId,
      UUID clientMessageId,
      byte[] content,
      String contentType,
      long replyToSeq)
      implements ClientFrame {
    /// As the batcher takes it.
    Draft draft(Caller sender) {
      return new Draft(
          conversationId,
          sender.userId(),
          sender.deviceId(),
          clientMessageId,
          replyToSeq,
          contentType,
          content);
    }
  }

  /// Everything up to `seq` was received, or also read.
  record Acknowledge(long id, UUID conversationId, long seq, boolean read) implements ClientFrame {}

  /// The user types, or stopped.
  record Typing(long id, UUID conversationId, boolean active) implements ClientFrame {}

  /// Start delivery, from these cursors where given.
  record Resume(long id, Map<UUID, Long> cursors) implements ClientFrame {}

  /// Are you there?
  record Ping(long id) implements ClientFrame {}
}
