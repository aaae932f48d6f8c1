package migrate.move.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import fixtures.urls.EnvironmentError;
import fixtures.urls.RedisUrl;
import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.RestoreArgs;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// One of the two Redis of a move, one server or a cluster. For one thread.
final class Store implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5); // for a command
  private static final int SCANNED_AT_ONCE = 500;
  private static final int MOST_SCANS = 10_000_000; // of that many keys each; more is no end

  private final AbstractRedisClient client;
  private final RedisClusterCommands<byte[], byte[]> all;
  private final List<RedisClusterCommands<byte[], byte[]>> each;
  private final RedisUrl url;

  private Store(
      AbstractRedisClient client,
      RedisClusterCommands<byte[], byte[]> all,
      List<RedisClusterCommands<byte[], byte[]>> each,
      RedisUrl url) {
    this.client = client;
    this.all = all;
    this.each = each;
    this.url = url;
  }

  /// @throws EnvironmentError when it does not answer
  static Store open(String side, RedisUrl url) {
    List<RedisURI> nodes =
        url.nodes().stream()
            .map(text -> {
              RedisURI node = RedisURI.create(text);
              node.setTimeout(PATIENCE);
              return node;
            })
            .toList();
    AbstractRedisClient client = null;
    try {
      if (url.cluster()) {
        var cluster = RedisClusterClient.create(nodes);
        client = cluster;
        var connection = cluster.connect(ByteArrayCodec.INSTANCE);
        List<RedisClusterCommands<byte[], byte[]>> each = new ArrayList<>();
        connection.getPartitions().stream()
            .filter(node ->
                node.is(
                    io.lettuce.core.cluster.models.partitions.RedisClusterNode.NodeFlag.UPSTREAM))
            .forEach(node -> each.add(connection.getConnection(node.getNodeId()).sync()));
        return new Store(client, connection.sync(), each, url);
      }
      var single = RedisClient.create(nodes.getFirst());
      client = single;
      var commands = single.connect(ByteArrayCodec.INSTANCE).sync();
      return new Store(client, commands, List.of(commands), url);
    } catch (RedisException e) {
      if (client != null) {
        client.shutdown();
      }
      Throwable first = e;
      while (first.getCause() != null) { // a chain of causes is short and has an end
        first = first.getCause();
      }
      throw new EnvironmentError(
          "the %s %s can't be reached: %s".formatted(side, url.masked(), first.getMessage()), e);
    }
  }

  RedisUrl url() {
    return url;
  }

  /// A line of `INFO`, without its name; empty when there is none.
  String info(String name) {
    for (String line : each.getFirst().info().split("\r?\n")) {
      if (line.startsWith(name + ":")) {
        return line.substring(name.length() + 1).strip();
      }
    }
    return "";
  }

  /// How many keys there are, also those of others.
  long size() {
    return each.stream().mapToLong(RedisClusterCommands::dbsize).sum();
  }

  /// Gives all keys that match, some of them perhaps twice.
  void keys(String pattern, Consumer<byte[]> take) {
    for (var node : each) {
      ScanArgs wanted = new ScanArgs().match(pattern, UTF_8).limit(SCANNED_AT_ONCE);
      ScanCursor at = ScanCursor.INITIAL;
      for (int i = 0; i < MOST_SCANS && !at.isFinished(); i++) {
        KeyScanCursor<byte[]> found = node.scan(at, wanted);
        found.getKeys().forEach(take);
        at = found;
      }
    }
  }

  /// A key's value and how long it has left; null when it is gone.
  ///
  /// @param leftMillis 0 for no end
  record Value(byte[] dump, long leftMillis) {}

  Value read(byte[] key) {
    byte[] dump = all.dump(key);
    Long left = all.pttl(key);
    return dump == null || left == -2 ? null : new Value(dump, Math.max(0, left));
  }

  /// @return false when the key is there already: what was written since counts
  boolean write(byte[] key, Value value) {
    try {
      all.restore(key, value.dump(), RestoreArgs.Builder.ttl(value.leftMillis()));
      return true;
    } catch (RedisException e) {
      if (String.valueOf(e.getMessage()).startsWith("BUSYKEY")) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    client.shutdown();
  }
}
