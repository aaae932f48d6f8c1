package server.messages;

import java.util.UUID;
import server.http.ApiError;
import server.http.ErrorCode;

/// A message as its sender hands it in: not numbered, not judged.
///
/// @param replyToSeq the seq it answers, 0 for none
/// @param contentType at most [#MAX_CONTENT_TYPE_CHARS] characters, or null
/// @param content at most [#MAX_CONTENT_BYTES] bytes; not copied, the caller must not change it
public record Draft(
    UUID conversationId,
    UUID senderUserId,
    UUID senderDeviceId,
    UUID clientMessageId,
    long replyToSeq,
    String contentType,
    byte[] content) {
  /// The contract's bound for one message's content.
  public static final int MAX_CONTENT_BYTES = 64 * 1024;

  /// Long enough for every registered media type with parameters.
  public static final int MAX_CONTENT_TYPE_CHARS = 128;

  /// Content's rule, the same for a frame and for the HTTP route.
  ///
  /// @throws ApiError when it is missing or too large
  public static byte[] checkedContent(byte[] content) {
    if (content == null) {
      throw ApiError.invalid("\"content\" is missing");
    }
    if (content.length > MAX_CONTENT_BYTES) {
      throw new ApiError(
          ErrorCode.PAYLOAD_TOO_LARGE,
          "\"content\" has " + content.length + " bytes; at most " + MAX_CONTENT_BYTES + " fit");
    }
    return content;
  }

  /// What makes a retry the same message.
  public record Key(UUID conversationId, UUID senderDeviceId, UUID clientMessageId) {}

  /// This draft's identity.
  public Key key() {
    return new Key(conversationId, senderDeviceId, clientMessageId);
  }

  /// An upper bound of what this draft holds on the heap, for queue bounds: bytes.
  public int weightBytes() {
    return content.length + 256;
  }
}
