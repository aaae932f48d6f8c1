package bench.client;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// One thread that serves many connections. Everything of a connection happens on it, so what its
/// listeners share needs no lock. At the end of each turn what was written goes out, one write for
/// each connection.
public final class Loop implements AutoCloseable {
  private static final int CONNECT_TIMEOUT_MILLIS = 10_000; // a paused server takes a while
  private static final int READ_BYTES = 64 * 1024; // at once, of one connection
  private static final int CLOSE_MILLIS = 2_000; // what is under way is of no use any more

  private final IoEventLoopGroup group;
  private final Bootstrap bootstrap;
  private final Frame frame = new Frame();
  private final FrameWriter[] writers = {Encoding.JSON.writer(), Encoding.CBOR.writer()};
  private final List<Connection> toFlush = new ArrayList<>();
  private byte[] scratch = new byte[2 * READ_BYTES];
  private volatile Thread thread;

  /// Starts the thread, named `name`.
  public Loop(String name) {
    group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
    bootstrap =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
            .option(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(512, 4096, READ_BYTES));
    group.next().submit(() -> thread = Thread.currentThread()).syncUninterruptibly();
  }

  /// Opens a socket; the listener hears whether it came to be.
  ///
  /// @param token the device's access token
  public Connection open(InetSocketAddress to, String token, Encoding encoding, Listener listener) {
    var connection = new Connection(this, to, token, encoding, listener);
    connect(to, connection, connection::failed);
    return connection;
  }

  /// Opens a connection that posts to `path`.
  ///
  /// @param token null for none
  public HttpConnection openHttp(
      InetSocketAddress to, String path, String token, HttpConnection.Answers answers) {
    var connection = new HttpConnection(this, path, token, answers);
    connect(to, connection, connection::failed);
    return connection;
  }

  private void connect(InetSocketAddress to, ChannelHandler handler, Consumer<String> failed) {
    bootstrap
        .clone()
        .handler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                channel.pipeline().addLast(handler);
              }
            })
        .connect(to)
        .addListener(connected -> {
          if (!connected.isSuccess()) {
            failed.accept(connected.cause().toString());
          }
        });
  }

  /// Does `step` on this loop: now when called there, else later.
  public void run(Runnable step) {
    if (isCurrent()) {
      step.run();
    } else {
      group.execute(step);
    }
  }

  /// Does `step` on this loop, after at least so long.
  public void later(long delayNanos, Runnable step) {
    group.schedule(step, delayNanos, TimeUnit.NANOSECONDS);
  }

  /// Whether the caller runs on this loop.
  public boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  /// The loop's thread, to ask for its CPU time.
  public Thread thread() {
    return thread;
  }

  Frame frame() {
    return frame;
  }

  FrameWriter writer(Encoding encoding) {
    return writers[encoding.ordinal()];
  }

  /// At least so many bytes, used again.
  byte[] scratch(int length) {
    if (scratch.length < length) {
      scratch = new byte[Math.max(length, 2 * scratch.length)];
    }
    return scratch;
  }

  /// Flushed at the end of this turn: the task stands behind what the selector found.
  void toFlush(Connection connection) {
    if (toFlush.isEmpty()) {
      group.execute(this::flush);
    }
    toFlush.add(connection);
  }

  private void flush() {
    for (int i = 0; i < toFlush.size(); i++) {
      toFlush.get(i).flush();
    }
    toFlush.clear();
  }

  /// Ends the thread, and every connection with it.
  @Override
  public void close() {
    group
        .shutdownGracefully(0, CLOSE_MILLIS, TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(CLOSE_MILLIS);
  }
}
