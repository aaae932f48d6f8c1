package server.conversations;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/// A conversation as its members see it, in the form the contract gives it in JSON.
///
/// @param type `direct` or `group`
/// @param name null for none
/// @param metadata a JSON object, as the admins left it
/// @param members null where the contract leaves them out
/// @param unreadCount as the caller sees it, at most [Unread#CAP]
/// @param lastActivityAt when the newest message was stored, or the conversation created
public record Conversation(
    UUID conversationId,
    String type,
    String name,
    JsonNode metadata,
    Instant createdAt,
    int memberCount,
    List<Member> members,
    long lastSeq,
    int unreadCount,
    Instant lastActivityAt) {
  /// Larger conversations do not carry their members with them; they have a route of their own.
  public static final int MAX_MEMBERS_SHOWN = 100;

  /// A present member.
  public record Member(UUID userId, String role, Instant joinedAt) {}
}
