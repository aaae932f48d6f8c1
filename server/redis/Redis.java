package server.redis;

import fixtures.urls.RedisUrl;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

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

  private final RedisClients clients;
  private final RedisLink main;
  private volatile boolean closed;

  private Redis(RedisClients clients) {
    this.clients = clients;
    this.main = new RedisLink(clients, false);
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
    return new RedisLink(clients, true);
  }

  /// A pub/sub connection, as soon as Redis is there; from then on it reconnects and subscribes
  /// again by itself. What was published in between is lost. In a cluster it is a
  /// `StatefulRedisClusterPubSubConnection`.
  ///
  /// @return completes on a Lettuce thread; is cancelled when this is closed first
  public CompletableFuture<StatefulRedisPubSubConnection<byte[], byte[]>> pubSub() {
    var result = new CompletableFuture<StatefulRedisPubSubConnection<byte[], byte[]>>();
    openPubSub(result);
    return result;
  }

  private void openPubSub(CompletableFuture<StatefulRedisPubSubConnection<byte[], byte[]>> result) {
    if (closed) {
      result.cancel(false);
      return;
    }
    clients
        .subscribe()
        .open()
        .whenComplete((connection, _) -> {
          if (connection != null) {
            if (!result.complete(connection)) {
              connection.closeAsync();
            }
          } else if (!clients.resources().eventExecutorGroup().isShuttingDown()) {
            clients
                .resources()
                .eventExecutorGroup()
                .schedule(() -> openPubSub(result), RETRY_EVERY.toMillis(), TimeUnit.MILLISECONDS);
          }
        });
  }

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
