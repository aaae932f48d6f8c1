package migrate.move.messages;

import java.util.UUID;

/// A part of a conversation's log: `afterSeq < seq <= toSeq`.
public record Span(UUID conversationId, long afterSeq, long toSeq) {
  public long length() {
    return toSeq - afterSeq;
  }
}
