package bench.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;

/// One device's WebSocket, made to cost little: frames are read where they came in, and what is
/// written in one turn of the event loop goes out in one write.
///
/// Belongs to one [Loop]: its listener is called there; what is called from another thread is done
/// there later, in order. Nothing here waits, and what is sent on a closed connection is dropped:
/// the listener hears of the close.
public final class Connection extends ChannelInboundHandlerAdapter {
  static final int NO_CLOSE_FRAME = 1006; // RFC 6455, 7.4.1

  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int MAX_CONTROL_BYTES = 125; // RFC 6455, 5.5
  private static final int MAX_UPGRADE_BYTES = 16 * 1024; // of the server's answer to it
  private static final int SLOW_BUFFER_BYTES = 16 * 1024; // else the kernel reads megabytes for it
  private static final int FINAL = 0x80;
  private static final int MASKED = 0x80;

  private final Loop loop;
  private final Encoding encoding;
  private final Listener listener;
  private final String upgrade;
  private final FrameWriter writer;
  private byte[] partial; // the beginning of a frame whose rest has not come
  private Channel channel;
  private ByteBuf out;
  private boolean open;
  private boolean over;
  private int closeCode = NO_CLOSE_FRAME;
  private String closeReason = "";
  private boolean sparing; // reads no more than it may
  private long mayRead;
  private byte[] message; // the parts so far of a message in several frames

  Connection(Loop loop, InetSocketAddress to, String token, Encoding encoding, Listener listener) {
    this.loop = loop;
    this.encoding = encoding;
    this.listener = listener;
    this.writer = loop.writer(encoding);
    this.upgrade =
        String.join(
            "\r\n",
            "GET /ws HTTP/1.1",
            "Host: " + to.getHostString() + ":" + to.getPort(),
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", // guards against caches: none is here
            "Sec-WebSocket-Protocol: " + encoding.subProtocol(),
            "Authorization: Bearer " + token,
            "",
            "");
  }

  /// The loop that it belongs to.
  public Loop loop() {
    return loop;
  }

  /// Whether frames can be sent. Exact on the loop; elsewhere it may be old.
  public boolean isOpen() {
    return open && !over;
  }

  /// Sends a message.
  ///
  /// @param id comes back with the answer
  public void send(long id, UUID conversation, UUID clientMessageId, byte[] content) {
    send(
        id,
        conversation,
        clientMessageId.getMostSignificantBits(),
        clientMessageId.getLeastSignificantBits(),
        content);
  }

  /// The same, with the client message id in two halves.
  public void send(long id, UUID conversation, long idHigh, long idLow, byte[] content) {
    loop.run(() -> {
      writer.send(id, conversation, idHigh, idLow, content);
      write();
    });
  }

  /// Acknowledges everything up to `seq` as delivered.
  public void delivered(UUID conversation, long seq) {
    loop.run(() -> {
      writer.acknowledge("delivered", conversation, seq);
      write();
    });
  }

  /// Acknowledges everything up to `seq` as read.
  public void read(UUID conversation, long seq) {
    loop.run(() -> {
      writer.acknowledge("read", conversation, seq);
      write();
    });
  }

  /// Asks for the backlog and live messages; no cursors: the server's own.
  public void resume(long id, Map<UUID, Long> cursors) {
    loop.run(() -> {
      writer.resume(id, cursors);
      write();
    });
  }

  public void typing(UUID conversation, boolean active) {
    loop.run(() -> {
      writer.typing(conversation, active);
      write();
    });
  }

  /// A `ping` frame of the contract.
  public void ping(long id) {
    loop.run(() -> {
      writer.ping(id);
      write();
    });
  }

  /// Reads nothing more, or goes on: a stalled reader. Its kernel's buffer fills, then the
  /// server's.
  public void reading(boolean wanted) {
    loop.run(() -> {
      sparing = false;
      channel.config().setAutoRead(wanted);
    });
  }

  /// May read so many bytes more, and then no more until the next call: a slow reader. [#reading]
  /// ends it.
  public void readMore(long bytes) {
    loop.run(() -> {
      if (channel == null || over) {
        return;
      }
      if (!sparing) {
        sparing = true;
        mayRead = 0;
        channel.config().setOption(ChannelOption.SO_RCVBUF, SLOW_BUFFER_BYTES);
      }
      mayRead = Math.min(mayRead + bytes, bytes);
      channel.config().setAutoRead(mayRead > 0);
    });
  }

  /// Says goodbye and closes.
  public void close() {
    loop.run(() -> {
      if (isOpen()) {
        frame(CLOSE, new byte[] {1000 >> 8, (byte) 1000}, 2);
        flush();
        closeCode = 1000;
      }
      if (channel != null) {
        channel.close();
      }
    });
  }

  /// Ends the connection as a broken network does, by a reset.
  public void cut() {
    loop.run(() -> {
      if (channel != null && channel.isActive()) {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        channel.close();
      }
    });
  }

  private void write() {
    frame(encoding.opCode(), writer.bytes, writer.length);
  }

  /// The mask is all zeros, so that the payload stays as it is: it protects proxies from scripts in
  /// browsers, and the server unmasks as always.
  private void frame(int opCode, byte[] payload, int length) {
    if (!isOpen()) {
      return;
    }
    if (out == null) {
      out = channel.alloc().directBuffer(length + 14);
      loop.toFlush(this);
    }
    out.writeByte(FINAL | opCode);
    if (length < 126) {
      out.writeByte(MASKED | length);
    } else if (length < 1 << 16) {
      out.writeByte(MASKED | 126).writeShort(length);
    } else {
      out.writeByte(MASKED | 127).writeLong(length);
    }
    out.writeInt(0).writeBytes(payload, 0, length);
  }

  void flush() {
    if (out != null) {
      ByteBuf full = out;
      out = null;
      channel.writeAndFlush(full, channel.voidPromise());
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    channel = context.channel();
    byte[] request = upgrade.getBytes(ISO_8859_1);
    channel.writeAndFlush(channel.alloc().directBuffer(request.length).writeBytes(request));
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object read) {
    ByteBuf in = (ByteBuf) read;
    try {
      if (sparing) {
        mayRead -= in.readableBytes();
        channel.config().setAutoRead(mayRead > 0);
      }
      if (!over) {
        int kept = partial == null ? 0 : partial.length;
        int length = kept + in.readableBytes();
        byte[] bytes = loop.scratch(length);
        if (kept > 0) {
          System.arraycopy(partial, 0, bytes, 0, kept);
          partial = null;
        }
        in.readBytes(bytes, kept, length - kept);
        int used = open ? frames(bytes, 0, length) : upgraded(bytes, length);
        if (used < length && !over) {
          partial = Arrays.copyOfRange(bytes, used, length);
        }
      }
    } finally {
      in.release();
    }
  }

  /// The server's answer to the upgrade; returns how much of the bytes was used.
  private int upgraded(byte[] bytes, int length) {
    int end = -1;
    for (int i = 3; i < length && end < 0; i++) {
      if (bytes[i] == '\n' && bytes[i - 2] == '\n') {
        end = i + 1;
      }
    }
    if (end < 0 && length < MAX_UPGRADE_BYTES) {
      return 0;
    }
    String answer = new String(bytes, 0, Math.min(length, 64), ISO_8859_1);
    String line = answer.lines().findFirst().orElse("");
    if (!line.startsWith("HTTP/1.1 101")) {
      boolean status = line.matches("HTTP/1.1 \\d{3}.*");
      finish(status ? Integer.parseInt(line.substring(9, 12)) : NO_CLOSE_FRAME, line);
      return length;
    }
    open = true;
    listener.opened(this);
    return frames(bytes, end, length);
  }

  /// Handles every whole frame; returns where the first one stands that is not whole.
  private int frames(byte[] bytes, int from, int to) {
    int at = from;
    while (to - at >= 2 && !over) {
      int opCode = bytes[at] & 15;
      boolean last = bytes[at] < 0;
      int size = bytes[at + 1] & 0x7F;
      int head = size == 126 ? 4 : size == 127 ? 10 : 2;
      if (to - at < head) {
        break;
      }
      long length = size;
      if (head > 2) {
        length = 0;
        for (int i = at + 2; i < at + head; i++) {
          length = length << 8 | bytes[i] & 0xFF;
        }
      }
      if (to - at - head < length) {
        break;
      }
      int start = at + head;
      int end = start + (int) length;
      at = end;
      if (opCode >= CLOSE) {
        control(opCode, bytes, start, end);
      } else if (last && message == null) {
        deliver(bytes, start, end);
      } else {
        part(bytes, start, end, last);
      }
    }
    return at;
  }

  private void part(byte[] bytes, int start, int end, boolean last) {
    int kept = message == null ? 0 : message.length;
    byte[] longer =
        message == null ? new byte[end - start] : Arrays.copyOf(message, kept + end - start);
    System.arraycopy(bytes, start, longer, kept, end - start);
    message = last ? null : longer;
    if (last) {
      deliver(longer, 0, longer.length);
    }
  }

  private void deliver(byte[] bytes, int start, int end) {
    Frame frame = loop.frame();
    encoding.scan(bytes, start, end, frame);
    listener.frame(this, frame);
  }

  private void control(int opCode, byte[] bytes, int start, int end) {
    switch (opCode) {
      case PING ->
          frame(
              PONG,
              Arrays.copyOfRange(bytes, start, end),
              Math.min(end - start, MAX_CONTROL_BYTES));
      case CLOSE -> {
        int code = end - start >= 2 ? (bytes[start] & 0xFF) << 8 | bytes[start + 1] & 0xFF : 1005;
        String reason = end - start > 2 ? new String(bytes, start + 2, end - start - 2, UTF_8) : "";
        frame(CLOSE, Arrays.copyOfRange(bytes, start, end), end - start);
        flush();
        finish(code, reason);
      }
      default -> {} // a pong: we send no pings
    }
  }

  void finish(int code, String reason) {
    closeCode = code;
    closeReason = reason;
    if (channel != null) {
      channel.close();
    }
  }

  /// It could not be connected: there will be no channel that becomes inactive.
  void failed(String reason) {
    if (!over) {
      over = true;
      listener.closed(this, NO_CLOSE_FRAME, reason);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (out != null) {
      out.release();
      out = null;
    }
    if (!over) {
      over = true;
      listener.closed(this, closeCode, closeReason);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (closeReason.isEmpty()) {
      closeReason = cause.toString();
    }
    context.close();
  }
}
