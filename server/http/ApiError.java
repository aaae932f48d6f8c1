package server.http;

/// A refusal that a client is told about: a code of the contract and one human sentence with the
/// value and the way out. Never carries a query, a host name or a secret.
///
/// It has no stack trace: it is an answer, not a fault, and is thrown on the hot path.
public final class ApiError extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int NO_RETRY = 0;

  private final ErrorCode code;
  private final int retryAfterSeconds;

  /// A refusal that trying again does not mend. For 429 and 503 use the other constructor.
  public ApiError(ErrorCode code, String sentence) {
    this(code, sentence, code.status() == 503 ? 1 : NO_RETRY);
  }

  /// A refusal with the time after which trying again makes sense, in seconds, at least 1.
  public ApiError(ErrorCode code, String sentence, int retryAfterSeconds) {
    super(sentence, null, false, false);
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /// A field is missing or breaks its rule.
  public static ApiError invalid(String sentence) {
    return new ApiError(ErrorCode.INVALID_REQUEST, sentence);
  }

  /// The one answer for a conversation one is not in and for one that does not exist: they are not
  /// to be told apart.
  public static ApiError notAMember() {
    return new ApiError(ErrorCode.FORBIDDEN, "you are not a member of this conversation");
  }

  /// The code a client switches on.
  public ErrorCode code() {
    return code;
  }

  /// Seconds to wait before a retry, 0 when a retry does not help.
  public int retryAfterSeconds() {
    return retryAfterSeconds;
  }
}
