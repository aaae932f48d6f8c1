package server.realtime;

import java.util.concurrent.ScheduledExecutorService;
import server.http.ApiError;

/// What a socket needs of its node.
interface SocketHandler {
  Flusher flusher();

  /// For what happens later; must not be kept waiting.
  ScheduledExecutorService timer();

  Pump pump(ClientSocket socket);

  /// The socket is open: welcome it.
  void opened(ClientSocket socket);

  /// The socket is gone; may be called more than once.
  void closed(ClientSocket socket);

  /// A frame of the right form. Called on the socket's thread, in order; must not block.
  ///
  /// @throws ApiError to refuse it
  void received(ClientSocket socket, ClientFrame frame);

  /// What to tell a client of an unexpected fault.
  ApiError fault(RuntimeException e);
}
