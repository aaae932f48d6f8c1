package server.realtime;

import java.io.ByteArrayOutputStream;
import org.eclipse.jetty.websocket.core.OpCode;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.dataformat.cbor.CBORFactory;

/// How frames travel on a socket: the same fields as JSON text or as CBOR, where bytes are bytes.
/// Jackson's streaming API is the same for both, so each frame is written and read by one piece of
/// code. Thread-safe.
enum Encoding {
  JSON(
      "vyry.v1.json",
      OpCode.TEXT,
      JsonFactory.builder().streamReadConstraints(Bounds.READ).build()),
  CBOR(
      "vyry.v1.cbor",
      OpCode.BINARY,
      CBORFactory.builder().streamReadConstraints(Bounds.READ).build());

  private static final int TYPICAL_FRAME_BYTES = 512; // a message of 256 bytes with its ids fits

  private static final class Bounds {
    private static final int MAX_DEPTH = 8; // our frames are two deep
    private static final StreamReadConstraints READ =
        StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build();
  }

  private final String subProtocol;
  private final byte opCode;
  private final TokenStreamFactory factory;

  Encoding(String subProtocol, byte opCode, TokenStreamFactory factory) {
    this.subProtocol = subProtocol;
    this.opCode = opCode;
    this.factory = factory;
  }

  /// The encoding of that name, or null.
  static Encoding named(String subProtocol) {
    for (Encoding encoding : values()) {
      if (encoding.subProtocol.equals(subProtocol)) {
        return encoding;
      }
    }
    return null;
  }

  /// The name a client asks for it by.
  String subProtocol() {
    return subProtocol;
  }

  /// The WebSocket opcode of its frames.
  byte opCode() {
    return opCode;
  }

  /// Reads one frame's payload.
  JsonParser parser(byte[] payload) {
    return factory.createParser(ObjectReadContext.empty(), payload);
  }

  /// The bytes that `frame` writes.
  byte[] encode(ServerFrame frame) {
    var bytes = new ByteArrayOutputStream(TYPICAL_FRAME_BYTES);
    try (JsonGenerator out = factory.createGenerator(ObjectWriteContext.empty(), bytes)) {
      out.writeStartObject();
      out.writeStringProperty("type", frame.type());
      frame.write(out);
      out.writeEndObject();
    }
    return bytes.toByteArray();
  }
}
