package server.conversations;

import java.util.UUID;

/// One user's place in one conversation, now or formerly.
///
/// @param startSeq delivery (sync, resume, push) starts after it; history does not care
/// @param leftSeq the last message it may read, [#STILL_IN] while it is a member
public record Membership(UUID conversationId, UUID userId, Role role, long startSeq, long leftSeq) {
  /// No bound: the user is a member.
  public static final long STILL_IN = Long.MAX_VALUE;

  /// Whether the user is a member now.
  public boolean active() {
    return leftSeq == STILL_IN;
  }

  /// The last message this user may read when the conversation's last is `headSeq`.
  public long readableTo(long headSeq) {
    return Math.min(headSeq, leftSeq);
  }
}
