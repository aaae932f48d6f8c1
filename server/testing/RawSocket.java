package server.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/// A WebSocket written byte by byte, for clients that do what a library would not: that ignore a
/// close, answer no ping, stall with a small buffer, send frames in pieces or none at all. For one
/// thread, but that one may write while another reads.
public final class RawSocket implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 15_000; // a busy machine, never the normal case
  private static final byte[] NO_MASK = new byte[4]; // masked, as the protocol wants, by zeros

  /// The opcodes.
  public static final int CONTINUATION = 0;

  public static final int TEXT = 1;
  public static final int BINARY = 2;
  public static final int CLOSE = 8;
  public static final int PING = 9;
  public static final int PONG = 10;

  /// What the server sent.
  public record Frame(int opcode, byte[] payload) {
    public String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }

    /// The code of a close.
    public int closeCode() {
      return payload.length < 2 ? 0 : (payload[0] & 0xFF) << 8 | payload[1] & 0xFF;
    }
  }

  private final Socket socket = new Socket();
  private final DataInputStream in;
  private final OutputStream out;

  private RawSocket(int port, String token, int receiveBufferBytes, String moreHeaders) {
    try {
      if (receiveBufferBytes > 0) {
        socket.setReceiveBufferSize(receiveBufferBytes);
      }
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress("127.0.0.1", port), PATIENCE_MILLIS);
      in = new DataInputStream(socket.getInputStream());
      out = socket.getOutputStream();
      String request =
          "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
              + "Authorization: Bearer "
              + token
              + "\r\n"
              + moreHeaders
              + "\r\n";
      out.write(request.getBytes(StandardCharsets.US_ASCII));
      String head = head();
      if (!head.startsWith("HTTP/1.1 101")) {
        throw new AssertionError("not upgraded: " + head);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Opens a socket that speaks JSON.
  public static RawSocket open(int port, String token) {
    return new RawSocket(port, token, 0, "");
  }

  /// The same, with a receive buffer of about this size, so that little fits on the way.
  public static RawSocket open(int port, String token, int receiveBufferBytes) {
    return new RawSocket(port, token, receiveBufferBytes, "");
  }

  /// The same, as if a proxy had passed it on for somebody.
  public static RawSocket openFor(String address, int port, String token) {
    return new RawSocket(port, token, 0, "X-Forwarded-For: " + address + "\r\n");
  }

  private String head() throws IOException {
    var head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
      head.write(in.readByte());
    }
    return head.toString(StandardCharsets.US_ASCII);
  }

  /// Sends a whole text frame.
  public void text(String text) {
    frame(TEXT, true, text.getBytes(StandardCharsets.UTF_8));
  }

  /// Sends a frame, or with `last` false a piece of one.
  public void frame(int opcode, boolean last, byte[] payload) {
    header(opcode, last, payload.length);
    bytes(payload);
  }

  /// Begins a frame of that many bytes, to be given by [#bytes].
  public void header(int opcode, boolean last, long length) {
    var header = new ByteArrayOutputStream();
    header.write((last ? 0x80 : 0) | opcode);
    if (length < 126) {
      header.write(0x80 | (int) length);
    } else if (length < 65_536) {
      header.write(0x80 | 126);
      header.write((int) length >> 8);
      header.write((int) length);
    } else {
      header.write(0x80 | 127);
      for (int shift = 56; shift >= 0; shift -= 8) {
        header.write((int) (length >> shift));
      }
    }
    header.writeBytes(NO_MASK);
    bytes(header.toByteArray());
  }

  /// Sends bytes as they are.
  public void bytes(byte[] raw) {
    try {
      out.write(raw);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The next frame of any kind; null when the server has ended the connection.
  public Frame read() {
    try {
      int first = in.readUnsignedByte();
      int second = in.readUnsignedByte();
      long length = second & 0x7F;
      if (length == 126) {
        length = in.readUnsignedShort();
      } else if (length == 127) {
        length = in.readLong();
      }
      byte[] payload = in.readNBytes((int) length);
      return new Frame(first & 0x0F, payload);
    } catch (EOFException | SocketException _) {
      return null;
    } catch (SocketTimeoutException e) {
      throw new AssertionError("nothing came", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Reads on to the next frame of a kind; null when the connection ends before.
  public Frame read(int opcode) {
    Frame frame = read();
    while (frame != null && frame.opcode() != opcode) {
      frame = read();
    }
    return frame;
  }

  @Override
  public void close() {
    cut();
  }

  /// Cuts the connection.
  public void cut() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
