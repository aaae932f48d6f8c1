package bench.jmh;

import fixtures.urls.RedisUrl;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import server.redis.Redis;

/// The run's Redis as a node has it, and a plain connection for the twin.
final class RedisPair implements AutoCloseable {
  private static final int CONNECT_TRIES = 100;
  private static final long CONNECT_MILLIS = 50; // a node connects in the background

  private final Redis redis;
  private final RedisClient client;
  private final StatefulRedisConnection<String, String> plain;

  private RedisPair(String url) {
    redis = Redis.connect(RedisUrl.parse(url));
    client = RedisClient.create(url);
    plain = client.connect();
  }

  /// Returns when both are connected.
  static RedisPair connect() throws InterruptedException {
    var pair = new RedisPair(EngineUrls.ofThisProcess().redis());
    for (int i = 0; i < CONNECT_TRIES && !pair.redis.available(); i++) {
      Thread.sleep(CONNECT_MILLIS);
    }
    return pair;
  }

  /// A node's.
  Redis redis() {
    return redis;
  }

  /// The twin's.
  RedisCommands<String, String> plain() {
    return plain.sync();
  }

  @Override
  public void close() {
    client.shutdown();
    redis.close();
  }
}
