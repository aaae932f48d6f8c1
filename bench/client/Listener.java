package bench.client;

/// What a connection's owner hears. All calls come on the connection's event loop, one at a time,
/// in the order of the frames; a [Frame] is valid only until the call returns. What a call throws
/// closes the connection and is given to [#closed].
public interface Listener {
  /// The upgrade is through; the server has not yet said anything.
  default void opened(Connection connection) {}

  /// A frame of any type. The default calls the method of its type.
  default void frame(Connection connection, Frame frame) {
    switch (frame.type()) {
      case MESSAGE -> message(connection, frame);
      case SENT -> sent(connection, frame);
      case ERROR -> refused(connection, frame);
      case CAUGHT_UP -> caughtUp(connection, frame);
      default -> other(connection, frame);
    }
  }

  default void message(Connection connection, Frame frame) {}

  default void sent(Connection connection, Frame frame) {}

  /// An `error` frame.
  default void refused(Connection connection, Frame frame) {}

  default void caughtUp(Connection connection, Frame frame) {}

  /// Welcomes, receipts, typing, presence, conversations, pongs.
  default void other(Connection connection, Frame frame) {}

  /// The connection is over; the last call, once for each one that was asked for, also when it
  /// never opened.
  ///
  /// @param code the close code; 1006 when there was none; the HTTP status (100 to 599) when the
  ///   upgrade was refused
  /// @param reason the server's, or of what went wrong here
  default void closed(Connection connection, int code, String reason) {}
}
