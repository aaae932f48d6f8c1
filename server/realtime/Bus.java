package server.realtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.redis.Redis;
import server.redis.RedisAway;
import server.redis.RedisLink;

/// Redis Pub/Sub between the nodes: a channel for each conversation that has sockets here, and one
/// that every node listens to. Nothing waits for it and nothing relies on it; while Redis is away
/// events are dropped.
///
/// Publishing gathers until [#flush], one write for a whole batch. Events of this node itself are
/// not told, but for its beacons, by which it learns that Redis passes them on. Listeners are
/// called on a Lettuce thread and must not block.
final class Bus implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Bus.class);

  private final UUID node;
  private final byte[] prefix;
  private final byte[] everyone;
  private final RedisLink publishing;
  private final Set<UUID> conversations = ConcurrentHashMap.newKeySet();
  private final CompletableFuture<StatefulRedisPubSubConnection<byte[], byte[]>> subscribing;

  /// @param namespace first part of every channel's name, so that systems can share a Redis
  Bus(Redis redis, String namespace, UUID node, Consumer<BusCodec.Received> listener) {
    this.node = node;
    this.prefix = (namespace + ":c:").getBytes(UTF_8);
    this.everyone = (namespace + ":all").getBytes(UTF_8);
    this.publishing = redis.linkFlushedByHand();
    this.subscribing = redis.pubSub();
    subscribing.thenAccept(connection -> opened(connection, listener));
  }

  private void opened(
      StatefulRedisPubSubConnection<byte[], byte[]> connection,
      Consumer<BusCodec.Received> listener) {
    connection.addListener(
        new RedisPubSubAdapter<byte[], byte[]>() {
          @Override
          public void message(byte[] channel, byte[] payload) {
            hear(payload, listener);
          }
        });
    connection.async().subscribe(everyone);
    // Lettuce: "re-subscribes" after a reconnect by itself; only what came before is ours to do.
    conversations.forEach(id -> connection.async().subscribe(channel(id)));
  }

  private void hear(byte[] payload, Consumer<BusCodec.Received> listener) {
    try {
      BusCodec.Received received = BusCodec.decode(payload);
      if (!received.node().equals(node) || received.event() instanceof BusEvent.Beacon) {
        listener.accept(received);
      }
    } catch (RuntimeException e) {
      log.warn("an event on the bus was dropped: {}", e.toString());
    }
  }

  /// Hear this conversation's events from now on.
  void subscribe(UUID conversationId) {
    if (conversations.add(conversationId)) {
      // When it is not open yet, opened() subscribes to all that stand in the set by then.
      ifOpen(connection -> connection.async().subscribe(channel(conversationId)));
    }
  }

  /// Hear them no more.
  void unsubscribe(UUID conversationId) {
    if (conversations.remove(conversationId)) {
      ifOpen(connection -> connection.async().unsubscribe(channel(conversationId)));
    }
  }

  private void ifOpen(Consumer<StatefulRedisPubSubConnection<byte[], byte[]>> step) {
    subscribing.thenAccept(step);
  }

  /// Tells the nodes that have sockets in this conversation, at the next flush.
  void publish(UUID conversationId, BusEvent event) {
    publish(channel(conversationId), event);
  }

  /// Tells every node, at the next flush.
  void publish(BusEvent event) {
    publish(everyone, event);
  }

  private void publish(byte[] channel, BusEvent event) {
    try {
      publishing.commands().publish(channel, BusCodec.encode(node, event));
    } catch (RedisAway _) {
      // Receivers find out without us.
    }
  }

  /// Writes what was published since the last flush.
  void flush() {
    publishing.flush();
  }

  private byte[] channel(UUID conversationId) {
    return ByteBuffer.allocate(prefix.length + 16)
        .put(prefix)
        .putLong(conversationId.getMostSignificantBits())
        .putLong(conversationId.getLeastSignificantBits())
        .array();
  }

  @Override
  public void close() {
    subscribing.cancel(false);
    subscribing.thenAccept(StatefulRedisPubSubConnection::closeAsync);
    publishing.close();
  }
}
