package server.realtime;

/// A frame that goes to many sockets: encoded at most once per encoding, its bytes shared by all.
/// Thread-safe: a race encodes twice and keeps either result, which are equal.
final class SharedFrame {
  private final ServerFrame frame;
  private volatile byte[] json;
  private volatile byte[] cbor;

  SharedFrame(ServerFrame frame) {
    this.frame = frame;
  }

  /// The payload for sockets of this encoding; never written to.
  byte[] bytes(Encoding encoding) {
    return switch (encoding) {
      case JSON -> {
        if (json == null) {
          json = encoding.encode(frame);
        }
        yield json;
      }
      case CBOR -> {
        if (cbor == null) {
          cbor = encoding.encode(frame);
        }
        yield cbor;
      }
    };
  }
}
