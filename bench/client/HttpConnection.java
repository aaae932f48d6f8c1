package bench.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Arrays;

/// A kept-alive HTTP connection that posts JSON, one request at a time, and reads no more of an
/// answer than its status and where it ends. For answers with a `Content-Length`, as the server
/// gives for a send. Lives on its [Loop].
public final class HttpConnection extends ChannelInboundHandlerAdapter {
  private static final byte[] LENGTH = "content-length:".getBytes(ISO_8859_1);
  private static final int STATUS_AT = 9; // HTTP/1.1 201 Created

  /// Hears of the connection, on its loop.
  public interface Answers {
    /// It is open.
    void opened(HttpConnection connection);

    /// The request was answered; the next one may go.
    void answered(HttpConnection connection, int status);

    /// It is over.
    void closed(HttpConnection connection, String reason);
  }

  private final Loop loop;
  private final Answers answers;
  private final byte[] headers;
  private byte[] partial = {};
  private Channel channel;
  private String failure = "closed";

  /// @param token null for none
  HttpConnection(Loop loop, String path, String token, Answers answers) {
    this.loop = loop;
    this.answers = answers;
    String authorization = token == null ? "" : "Authorization: Bearer " + token + "\r\n";
    String head =
        String.join(
            "\r\n",
            "POST " + path + " HTTP/1.1",
            "Host: 127.0.0.1",
            "Content-Type: application/json");
    headers = (head + "\r\n" + authorization + "Content-Length: ").getBytes(ISO_8859_1);
  }

  /// Posts a body; on the loop, when the one before was answered.
  public void post(byte[] body) {
    byte[] length = (body.length + "\r\n\r\n").getBytes(ISO_8859_1);
    ByteBuf out = channel.alloc().directBuffer(headers.length + length.length + body.length);
    channel.writeAndFlush(out.writeBytes(headers).writeBytes(length).writeBytes(body));
  }

  public Loop loop() {
    return loop;
  }

  void failed(String reason) {
    answers.closed(this, reason);
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    channel = context.channel();
    answers.opened(this);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object read) {
    ByteBuf in = (ByteBuf) read;
    int kept = partial.length;
    partial = Arrays.copyOf(partial, kept + in.readableBytes());
    in.readBytes(partial, kept, partial.length - kept);
    in.release();
    int body = behindHeaders();
    if (body > 0 && partial.length >= body + contentLength(body)) {
      int status = (int) JsonFrames.number(partial, STATUS_AT, STATUS_AT + 3);
      if (status >= 400) {
        failure = new String(partial, body, partial.length - body, UTF_8);
      }
      partial = new byte[0];
      answers.answered(this, status);
    }
  }

  /// What a refusal said, or why it closed.
  public String failure() {
    return failure;
  }

  private int behindHeaders() {
    for (int i = 3; i < partial.length; i++) {
      if (partial[i] == '\n' && partial[i - 2] == '\n') {
        return i + 1;
      }
    }
    return 0;
  }

  private long contentLength(int end) {
    for (int line = 0; line < end; line++) {
      if (partial[line] == '\n' && matches(line + 1)) {
        int digits = line + 1 + LENGTH.length;
        while (partial[digits] == ' ') {
          digits++;
        }
        return JsonFrames.number(partial, digits, end);
      }
    }
    throw new IllegalStateException("an answer without Content-Length");
  }

  private boolean matches(int at) {
    for (int i = 0; i < LENGTH.length; i++) {
      if (at + i >= partial.length || (partial[at + i] | 0x20) != (LENGTH[i] | 0x20)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    answers.closed(this, failure);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    failure = cause.toString();
    context.close();
  }
}
