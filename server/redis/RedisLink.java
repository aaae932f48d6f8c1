package server.redis;

import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection (in a cluster: one to each node) that opens itself in the background and tells at
/// once whether Redis answers. Thread-safe.
///
/// A PING twice a second finds a Redis that holds its connections but stands still; commands are
/// then refused without waiting, until a PING is answered again.
public final class RedisLink implements AutoCloseable {
  private static final Duration PING_EVERY = Duration.ofMillis(500);

  /// Two PINGs missed. Longer than any script or fork of a healthy Redis stops it.
  private static final Duration SILENCE_LIMIT = Duration.ofMillis(1_250);

  private static final Logger log = LoggerFactory.getLogger(RedisLink.class);

  private final boolean flushedByHand;
  private RedisClients clients; // guarded by this, as the next one
  private ScheduledFuture<?> watch;
  private volatile RedisClients.Lane lane; // null before the first connection; set by the watch
  private volatile long answeredAtNanos;
  private volatile boolean closed;
  private boolean opening; // guarded by this
  private boolean toldAvailable; // guarded by this
  private boolean toldFailure; // guarded by this
  private CompletableFuture<?> ping; // guarded by this

  RedisLink(RedisClients clients, boolean flushedByHand) {
    this.clients = clients;
    this.flushedByHand = flushedByHand;
    this.watch = watching();
  }

  private ScheduledFuture<?> watching() {
    return clients
        .resources()
        .eventExecutorGroup()
        .scheduleWithFixedDelay(this::look, 0, PING_EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// Opens a connection to another Redis and, when it is there, uses that instead. The old one is
  /// left to whom its clients belong.
  CompletionStage<Void> move(RedisClients next) {
    return next.connect().open().thenAccept(lane -> moved(next, lane));
  }

  private synchronized void moved(RedisClients next, RedisClients.Lane opened) {
    if (closed) {
      opened.connection().closeAsync();
      return;
    }
    watch.cancel(false);
    clients = next;
    ping = null;
    opened(next, opened, null);
    watch = watching();
  }

  /// Whether commands have a chance: connected, and heard of within the last 1.25 s.
  public boolean available() {
    RedisClients.Lane current = lane;
    return current != null
        && current.connection().isOpen()
        && System.nanoTime() - answeredAtNanos < SILENCE_LIMIT.toNanos();
  }

  /// The commands, for the moment: ask again for each use.
  ///
  /// A command's future fails with Lettuce's `RedisException` when the connection breaks. It is not
  /// bound in time: wait with a limit, or by [Redis#await].
  ///
  /// @throws RedisAway at once when Redis is not connected or stands still
  public RedisClusterAsyncCommands<byte[], byte[]> commands() {
    RedisClients.Lane current = lane;
    if (current == null || !available()) {
      throw new RedisAway("Redis is not connected");
    }
    return current.commands();
  }

  /// Writes what was gathered, on a link that is flushed by hand. Nothing happens without
  /// connection.
  public void flush() {
    RedisClients.Lane current = lane;
    if (current != null) {
      current.connection().flushCommands();
    }
  }

  private synchronized void look() {
    if (closed) {
      return;
    }
    tell();
    if (lane == null) {
      open();
      return;
    }
    if (ping != null && !ping.isDone()) {
      return; // still waiting: its age is what available() judges
    }
    if (!lane.connection().isOpen()) {
      return; // Lettuce reconnects by itself
    }
    ping = lane.ping().get().toCompletableFuture();
    if (flushedByHand) {
      lane.connection().flushCommands();
    }
    ping.whenComplete((_, failure) -> {
      if (failure == null) {
        answeredAtNanos = System.nanoTime();
      }
    });
  }

  /// One line for each coming and going, instead of one for each try to reconnect.
  private void tell() {
    if (available() != toldAvailable) {
      toldAvailable = !toldAvailable;
      if (toldAvailable) {
        log.info("Redis is there");
      } else {
        log.warn("Redis is away; sending goes on, logging in does not");
      }
    }
  }

  private void open() {
    if (opening) {
      return;
    }
    opening = true;
    RedisClients by = clients;
    by.connect().open().whenComplete((lane, failure) -> opened(by, lane, failure));
  }

  private synchronized void opened(RedisClients by, RedisClients.Lane opened, Throwable failure) {
    opening = false;
    if (by != clients) { // moved meanwhile
      if (opened != null) {
        opened.connection().closeAsync();
      }
      return;
    }
    if (opened == null) { // away, or it refuses us; the watch tries again
      if (!toldFailure && !closed) {
        toldFailure = true;
        log.warn("Redis can't be reached, and is tried again and again: {}", reason(failure));
      }
      return;
    }
    if (closed) {
      opened.connection().closeAsync();
      return;
    }
    opened.connection().setAutoFlushCommands(!flushedByHand);
    answeredAtNanos = System.nanoTime(); // Lettuce pings before it hands a connection out
    lane = opened;
  }

  private static String reason(Throwable failure) {
    Throwable first = failure;
    while (first.getCause() != null) { // a chain of causes is short and has an end
      first = first.getCause();
    }
    return first.getMessage();
  }

  /// Stops opening and watching; the client that this belongs to closes the connection.
  synchronized void stop() {
    closed = true;
    watch.cancel(false);
  }

  @Override
  public synchronized void close() {
    stop();
    if (lane != null) {
      lane.connection().closeAsync();
    }
  }
}
