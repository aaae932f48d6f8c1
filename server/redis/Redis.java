package server.redis;

import fixtures.urls.RedisUrl;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// The node's way to Redis, one server or a cluster. Thread-safe.
///
/// It connects in the background, now and whenever the connection is lost; nothing here ever waits
/// for that. While Redis is away every use is refused at once with [RedisAway]. Commands whose
/// connection broke are not repeated.
public final class Redis implements AutoCloseable {
  /// How long an answer is waited for. A healthy Redis needs a hundredth of it.
  public static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(1);

  /// Between two tries to open a pub/sub connection while Redis is away.
  private static final Duration RETRY_EVERY = Duration.ofMillis(250);

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  /// What is under way on the old connections, and what is still published there, has this long.
  private static final Duration OLD_ONES_STAY = Duration.ofSeconds(3);

  private final RedisLink main;
  private final List<RedisLink> links = new CopyOnWriteArrayList<>();
  private final List<Hearing> hearings = new CopyOnWriteArrayList<>();
  private volatile RedisClients clients;
  private volatile boolean closed;

  private Redis(RedisClients clients) {
    this.clients = clients;
    this.main = new RedisLink(clients, false);
    links.add(main);
  }

  /// Begins to connect and returns at once.
  public static Redis connect(RedisUrl url) {
    return new Redis(RedisClients.of(url, COMMAND_TIMEOUT));
  }

  /// Whether Redis is connected and answers.
  public boolean available() {
    return main.available();
  }

  /// The commands of the connection that everybody shares; each is written at once.
  ///
  /// @throws RedisAway at once when Redis is away
  public RedisClusterAsyncCommands<byte[], byte[]> commands() {
    return main.commands();
  }

  /// A connection of one's own whose commands are written only by [RedisLink#flush]: for one thread
  /// that gathers a batch. It opens in the background.
  public RedisLink linkFlushedByHand() {
    var link = new RedisLink(clients, true);
    links.add(link);
    return link;
  }

  /// A pub/sub connection, as soon as Redis is there; from then on it reconnects and subscribes
  /// again by itself. What was published in between is lost. In a cluster it is a
  /// `StatefulRedisClusterPubSubConnection`.
  ///
  /// @param opened is given the connection on a Lettuce thread, and another one each time that this
  ///   moves to another Redis: whoever hears subscribes again there
  public Hearing hear(Consumer<StatefulRedisPubSubConnection<byte[], byte[]>> opened) {
    var hearing = new Hearing(opened);
    hearings.add(hearing);
    hearing.open();
    return hearing;
  }

  /// Somebody who hears. Closing it ends that; the connections that it was given are its own to
  /// close.
  public final class Hearing implements AutoCloseable {
    private final Consumer<StatefulRedisPubSubConnection<byte[], byte[]>> opened;

    private Hearing(Consumer<StatefulRedisPubSubConnection<byte[], byte[]>> opened) {
      this.opened = opened;
    }

    @Override
    public void close() {
      hearings.remove(this);
    }

    private void open() {
      RedisClients by = clients;
      if (closed || !hearings.contains(this)) {
        return;
      }
      by.subscribe()
          .open()
          .whenComplete((connection, _) -> {
            if (connection != null) {
              if (by == clients && hearings.contains(this)) {
                opened.accept(connection);
              } else {
                connection.closeAsync();
              }
            } else if (by == clients && !by.resources().eventExecutorGroup().isShuttingDown()) {
              by.resources()
                  .eventExecutorGroup()
                  .schedule(this::open, RETRY_EVERY.toMillis(), TimeUnit.MILLISECONDS);
            }
          });
    }
  }

  /// Goes over to another Redis, with all connections. What was under way is finished on the old
  /// one, or breaks.
  ///
  /// @throws RedisAway when the other one does not answer; nothing has changed then
  public synchronized void move(RedisUrl url) {
    RedisClients next = RedisClients.of(url, COMMAND_TIMEOUT);
    try {
      next.connect().open().toCompletableFuture().get(MOVE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      shutDown(next);
      throw new RedisAway(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      shutDown(next);
      throw new RedisAway(e);
    }
    RedisClients old = clients;
    clients = next;
    for (RedisLink link : links) {
      link.move(next);
    }
    hearings.forEach(Hearing::open);
    Thread.ofVirtual()
        .name("leaving-redis")
        .start(() -> {
          try {
            Thread.sleep(OLD_ONES_STAY.toMillis());
          } catch (InterruptedException _) {
            // Nobody interrupts it.
          }
          shutDown(old);
        });
  }

  private static final long MOVE_SECONDS = 3; // to connect and log in

  /// Waits for an answer, at most [#COMMAND_TIMEOUT].
  ///
  /// @throws RedisAway when it does not come, or Redis says that it can't serve now
  public static <T> T await(CompletionStage<T> answer) {
    try {
      return answer.toCompletableFuture().get(COMMAND_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new RedisAway(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RedisAway(e);
    } catch (ExecutionException e) {
      throw fault(e.getCause());
    }
  }

  /// A script's or command's own error is a fault of ours and stays what it is; all else is "away".
  private static RuntimeException fault(Throwable cause) {
    boolean ours =
        cause instanceof RedisCommandExecutionException
            && cause.getMessage() != null
            && (cause.getMessage().startsWith("ERR") || cause.getMessage().startsWith("NOSCRIPT"));
    if (ours || !(cause instanceof RedisException)) {
      return cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
    }
    return new RedisAway(cause);
  }

  @Override
  public void close() {
    closed = true;
    main.stop();
    shutDown(clients);
  }

  private static void shutDown(RedisClients clients) {
    try {
      clients
          .client()
          .shutdownAsync(0, CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
          .get(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException _) {
      // It is being left anyway; its threads are daemons.
    }
    clients.resources().shutdown(0, CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }
}
