package server.messages.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.redis.Redis;
import server.redis.RedisAway;

/// Carries letters between nodes by Redis Pub/Sub: a channel for each node, and one for all. A
/// letter may be lost. Thread-safe.
final class Post implements AutoCloseable {
  /// Sent and not yet taken by Redis; beyond it letters are not sent: bytes of heap.
  private static final long MAX_UNTAKEN_BYTES = 32L * 1024 * 1024;

  private static final Logger log = LoggerFactory.getLogger(Post.class);

  private final Redis redis;
  private final String namespace;
  private final byte[] everyone;
  private final byte[] own;
  private final AtomicLong untakenBytes = new AtomicLong();
  private volatile boolean complained;
  private volatile StatefulRedisPubSubConnection<byte[], byte[]> connection; // null: not yet open
  private volatile Redis.Hearing hearing; // null: not yet

  /// @param namespace first part of every channel's name
  Post(Redis redis, String namespace, UUID node) {
    this.redis = redis;
    this.namespace = namespace;
    this.everyone = (namespace + ":relay").getBytes(UTF_8);
    this.own = channel(node);
  }

  private byte[] channel(UUID node) {
    return (namespace + ":relay:" + node).getBytes(UTF_8);
  }

  /// Starts to hear. To be called once.
  ///
  /// @param listener called on a Lettuce thread, one letter after the other; must not block
  void listen(Consumer<Letter> listener) {
    hearing =
        redis.hear(opened -> {
          opened.addListener(
              new RedisPubSubAdapter<byte[], byte[]>() {
                @Override
                public void message(byte[] channel, byte[] payload) {
                  hear(payload, listener);
                }
              });
          connection = opened;
          opened.async().subscribe(everyone, own);
        });
  }

  private void hear(byte[] payload, Consumer<Letter> listener) {
    try {
      listener.accept(LetterCodec.decode(payload));
    } catch (RuntimeException e) {
      if (!complained) { // a node of another version says things many times a second
        complained = true;
        log.warn("a letter of another node was dropped, and so will others be: {}", e.toString());
      }
    }
  }

  /// Subscribes again, in case Redis never heard it: what is subscribed already stays so.
  void renew() {
    var open = connection;
    if (open != null) {
      open.async().subscribe(everyone, own);
    }
  }

  /// Sends to all nodes, this one too.
  void tellAll(Letter letter) {
    send(everyone, letter);
  }

  /// Sends to one node.
  ///
  /// @return false when it certainly was not sent
  boolean tell(UUID node, Letter letter) {
    return send(channel(node), letter);
  }

  private boolean send(byte[] channel, Letter letter) {
    if (untakenBytes.get() > MAX_UNTAKEN_BYTES) {
      return false;
    }
    byte[] payload = LetterCodec.encode(letter);
    try {
      untakenBytes.addAndGet(payload.length);
      redis
          .commands()
          .publish(channel, payload)
          .whenComplete((_, _) -> untakenBytes.addAndGet(-payload.length));
      return true;
    } catch (RedisAway _) {
      untakenBytes.addAndGet(-payload.length);
      return false;
    }
  }

  @Override
  public void close() {
    if (hearing != null) {
      hearing.close();
    }
    if (connection != null) {
      connection.closeAsync();
    }
  }
}
