package server.messages;

import server.http.Away;

/// The message store did not answer, or not in time. What was asked may or may not have happened.
public final class StoreUnavailable extends Away {
  private static final long serialVersionUID = 1L;

  /// With the driver's own account as the cause, which is logged and never shown to a client.
  public StoreUnavailable(Throwable cause) {
    super("the message store", "the message store does not answer", cause);
  }
}
