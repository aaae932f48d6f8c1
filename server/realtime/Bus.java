package server.realtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.redis.Redis;
import server.redis.RedisAway;
import server.redis.RedisLink;

/// Redis Pub/Sub between the nodes: a channel for each conversation that has sockets here, and one
/// that every node listens to. Nothing waits for it and nothing relies on it; while Redis is away,
/// or slow, events are dropped.
///
/// Publishing gathers until [#flush], one write for a whole batch. Of this node's own events only
/// those come back whose [BusEvent#heardByItsNode] says so. Listeners are called on a Lettuce
/// thread and must not block.
///
/// While no other node is heard, conversations' events are not published: nobody would hear them. A
/// node that comes is heard by its first beacon; what it misses until then, or what a node misses
/// that was not heard for long, the beacons tell it.
final class Bus implements AutoCloseable {
  /// Published and not yet taken by Redis. Beyond it events are dropped: bytes of heap.
  private static final long MAX_UNTAKEN_BYTES = 32L * 1024 * 1024;

  private static final int RENEWED_AT_ONCE = 1_000; // channels in one call of renew

  /// Of silence, until this node takes itself for the only one: twenty beacons.
  private static final long ALONE_AFTER_NANOS = 5_000_000_000L;

  private static final Logger log = LoggerFactory.getLogger(Bus.class);

  private final UUID node;
  private final byte[] prefix;
  private final byte[] everyone;
  private final RedisLink publishing;
  private final Redis redis;
  private final AtomicLong untakenBytes = new AtomicLong();

  /// What is to be heard, and whether Redis has said that it is. Commands about a channel are given
  /// within the map's atomic step for it, so that the last word is the right one.
  private final Map<UUID, Boolean> conversations = new ConcurrentHashMap<>();

  private final Set<UUID> unconfirmed = ConcurrentHashMap.newKeySet();
  private volatile boolean everyoneConfirmed;
  private volatile Redis.Hearing hearing; // null: not yet
  private volatile StatefulRedisPubSubConnection<byte[], byte[]> connection; // null: not yet open
  private volatile boolean complained;
  private volatile long othersHeardAtNanos = System.nanoTime(); // first it is to be found out

  /// @param namespace first part of every channel's name, so that systems can share a Redis
  Bus(Redis redis, String namespace, UUID node) {
    this.node = node;
    this.prefix = (namespace + ":c:").getBytes(UTF_8);
    this.everyone = (namespace + ":all").getBytes(UTF_8);
    this.publishing = redis.linkFlushedByHand();
    this.redis = redis;
  }

  /// Starts to hear. To be called once.
  ///
  /// @param listener called on a Lettuce thread, one event after the other; must not block
  void listen(Consumer<BusCodec.Received> listener) {
    hearing = redis.hear(opened -> opened(opened, listener));
  }

  private void opened(
      StatefulRedisPubSubConnection<byte[], byte[]> opened, Consumer<BusCodec.Received> listener) {
    opened.addListener(
        new RedisPubSubAdapter<byte[], byte[]>() {
          @Override
          public void message(byte[] channel, byte[] payload) {
            hear(channel, payload, listener);
          }

          @Override
          public void subscribed(byte[] channel, long count) {
            confirmed(channel);
          }
        });
    everyoneConfirmed = false;
    conversations.keySet().forEach(this::unconfirm);
    connection = opened;
    renew(Integer.MAX_VALUE);
  }

  /// Nothing is subscribed yet on a new connection.
  private void unconfirm(UUID conversationId) {
    conversations.computeIfPresent(
        conversationId,
        (id, _) -> {
          unconfirmed.add(id);
          return false;
        });
  }

  private void hear(byte[] channel, byte[] payload, Consumer<BusCodec.Received> listener) {
    UUID conversation = conversation(channel);
    if (conversation != null && !conversations.containsKey(conversation)) {
      dropUnwanted(conversation);
      return;
    }
    boolean own = BusCodec.isFrom(node, payload);
    if (own && conversation != null) {
      return; // much of it, and none is heard by its node: not worth the decoding
    }
    if (!own) {
      othersHeardAtNanos = System.nanoTime();
    }
    try {
      BusCodec.Received received = BusCodec.decode(payload);
      if (!own || received.event().heardByItsNode()) {
        listener.accept(received);
      }
    } catch (RuntimeException e) {
      complain(e);
    }
  }

  /// A node of another version says things this one does not understand many times a second.
  private void complain(RuntimeException e) {
    if (!complained) {
      complained = true;
      log.warn("an event on the bus was dropped, and so will others be: {}", e.toString());
    }
  }

  private void confirmed(byte[] channel) {
    UUID conversation = conversation(channel);
    if (conversation == null) {
      everyoneConfirmed = true;
    } else {
      unconfirmed.remove(conversation);
      conversations.computeIfPresent(conversation, (_, _) -> true);
    }
  }

  /// Hear this conversation's events from now on.
  void subscribe(UUID conversationId) {
    conversations.computeIfAbsent(
        conversationId,
        id -> {
          unconfirmed.add(id);
          if (connection != null) {
            connection.async().subscribe(channel(id));
          }
          return false;
        });
  }

  /// Hear them no more.
  void unsubscribe(UUID conversationId) {
    conversations.compute(
        conversationId,
        (id, _) -> {
          unconfirmed.remove(id);
          if (connection != null) {
            connection.async().unsubscribe(channel(id));
          }
          return null;
        });
  }

  /// Redis did not hear that it is not wanted any more, or Lettuce brought it back.
  private void dropUnwanted(UUID conversationId) {
    conversations.compute(
        conversationId,
        (id, wanted) -> {
          if (wanted == null) {
            connection.async().unsubscribe(channel(id));
          }
          return wanted;
        });
  }

  /// Subscribes again to what Redis has not confirmed. Lettuce brings back, after a reconnect, only
  /// what was confirmed before; a command that met a broken connection is lost. To be called now
  /// and then.
  void renew() {
    renew(RENEWED_AT_ONCE);
  }

  private void renew(int most) {
    var open = connection;
    if (open == null) {
      return;
    }
    if (!everyoneConfirmed) {
      open.async().subscribe(everyone);
    }
    for (UUID id : unconfirmed.stream().limit(most).toList()) {
      conversations.computeIfPresent(
          id,
          (_, confirmed) -> {
            if (!confirmed) {
              open.async().subscribe(channel(id));
            }
            return confirmed;
          });
    }
  }

  /// Tells the nodes that have sockets in this conversation, at the next flush.
  void publish(UUID conversationId, BusEvent event) {
    if (System.nanoTime() - othersHeardAtNanos < ALONE_AFTER_NANOS) {
      publish(channel(conversationId), event);
    }
  }

  /// Tells every node, at the next flush.
  void publish(BusEvent event) {
    publish(everyone, event);
  }

  private void publish(byte[] channel, BusEvent event) {
    if (untakenBytes.get() > MAX_UNTAKEN_BYTES) {
      return; // receivers find out by seq, or by the beacons that are missing then
    }
    try {
      RedisClusterAsyncCommands<byte[], byte[]> commands = publishing.commands();
      byte[] payload = BusCodec.encode(node, event);
      untakenBytes.addAndGet(payload.length);
      commands
          .publish(channel, payload)
          .whenComplete((_, _) -> untakenBytes.addAndGet(-payload.length));
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

  /// The conversation a channel is of, null for everyone's.
  private UUID conversation(byte[] channel) {
    if (channel.length != prefix.length + 16) {
      return null;
    }
    ByteBuffer id = ByteBuffer.wrap(channel, prefix.length, 16);
    return new UUID(id.getLong(), id.getLong());
  }

  @Override
  public void close() {
    if (hearing != null) {
      hearing.close();
    }
    if (connection != null) {
      connection.closeAsync();
    }
    publishing.close();
  }
}
