package server.messages;

/// The message store did not answer, or not in time. What was asked may or may not have happened.
public final class StoreUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// With the driver's own account as the cause, which is logged and never shown to a client.
  public StoreUnavailable(Throwable cause) {
    super("the message store does not answer", cause);
  }
}
