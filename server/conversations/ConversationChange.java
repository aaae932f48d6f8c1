package server.conversations;

import java.util.UUID;

/// Something about a conversation changed and was committed.
///
/// @param userId whom the change is about (added, removed), or null
/// @param membersVersion the version of its members after the change
public record ConversationChange(
    UUID conversationId, Kind change, UUID userId, long membersVersion) {
  /// The `change` of a `conversation` frame, in lower case there.
  public enum Kind {
    CREATED,
    UPDATED,
    MEMBER_ADDED,
    MEMBER_REMOVED
  }

  /// Is told of changes made through this node, after their commit and before the request is
  /// answered; must not block for long. Other nodes learn of them by the listener's own means.
  @FunctionalInterface
  public interface Listener {
    /// Takes note of one change.
    void changed(ConversationChange change);
  }
}
