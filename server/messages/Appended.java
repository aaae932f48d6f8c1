package server.messages;

import java.time.Instant;
import server.http.ApiError;
import server.http.ErrorCode;

/// What the store did with one draft.
public sealed interface Appended {
  /// Committed now, or by an earlier attempt (`repeated`), with the same answer for ever.
  ///
  /// @param membersVersion the conversation's members version under whose lock it was judged
  record Stored(long seq, Instant sentAt, boolean repeated, long membersVersion)
      implements Appended {}

  /// Not stored, and never will be by this attempt.
  enum Refused implements Appended {
    NOT_A_MEMBER,
    UNKNOWN_REPLY,
    /// The conversation's messages live in another store than the one that was asked.
    ELSEWHERE;

    /// What the sender is told.
    public ApiError error() {
      return switch (this) {
        case NOT_A_MEMBER -> ApiError.notAMember();
        case UNKNOWN_REPLY ->
            ApiError.invalid("\"reply_to_seq\" names no message of this conversation");
        case ELSEWHERE ->
            new ApiError(
                ErrorCode.UNAVAILABLE,
                "the conversation is being moved; send it again with the same client_message_id");
      };
    }
  }
}
