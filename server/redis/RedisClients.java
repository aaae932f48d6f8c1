package server.redis;

import fixtures.urls.RedisUrl;
import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode.NodeFlag;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Lettuce, set up: one server or a cluster behind the same few calls.
///
/// @param connect opens a connection for commands; fails when Redis is away
/// @param subscribe opens a connection for pub/sub; fails when Redis is away
record RedisClients(
    AbstractRedisClient client,
    ClientResources resources,
    Opening<Lane> connect,
    Opening<StatefulRedisPubSubConnection<byte[], byte[]>> subscribe) {

  /// Opens something, asynchronously.
  @FunctionalInterface
  interface Opening<T> {
    CompletionStage<T> open();
  }

  /// A connection together with its commands, of the type that one server and a cluster share.
  ///
  /// @param ping is answered when Redis answers
  record Lane(
      StatefulConnection<byte[], byte[]> connection,
      RedisClusterAsyncCommands<byte[], byte[]> commands,
      Supplier<CompletionStage<?>> ping) {}

  /// Unanswered commands of one connection. Beyond it a stalled Redis would be paid for in heap.
  private static final int MAX_UNANSWERED = 16_384;

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

  /// A restarted Redis is found again within this time; trying more often would only burn CPU.
  private static final Duration MAX_RECONNECT_DELAY = Duration.ofMillis(500);

  /// One master of a cluster that stands still does not make the others seem away.
  private static final Duration PING_TIMEOUT = Duration.ofMillis(500);

  private static final Duration MIN_RECONNECT_DELAY = Duration.ofMillis(10);

  /// A cluster that moved its slots without a redirect reaching us is noticed within this time.
  private static final Duration TOPOLOGY_REFRESH = Duration.ofSeconds(30);

  static RedisClients of(RedisUrl url, Duration timeout) {
    ClientResources resources =
        DefaultClientResources.builder()
            .reconnectDelay(
                Delay.exponential(
                    MIN_RECONNECT_DELAY, MAX_RECONNECT_DELAY, 2, TimeUnit.MILLISECONDS))
            .build();
    List<RedisURI> nodes =
        url.nodes().stream()
            .map(text -> {
              RedisURI node = RedisURI.create(text);
              node.setTimeout(timeout);
              return node;
            })
            .toList();
    return url.cluster() ? cluster(resources, nodes) : single(resources, nodes.getFirst());
  }

  private static RedisClients single(ClientResources resources, RedisURI node) {
    RedisClient client = RedisClient.create(resources);
    client.setOptions(common(ClientOptions.builder()).build());
    return new RedisClients(
        client,
        resources,
        () ->
            client
                .connectAsync(ByteArrayCodec.INSTANCE, node)
                .thenApply(connection -> {
                  var commands = connection.async();
                  return new Lane(connection, commands, commands::ping);
                }),
        () -> client.connectPubSubAsync(ByteArrayCodec.INSTANCE, node));
  }

  private static RedisClients cluster(ClientResources resources, List<RedisURI> nodes) {
    RedisClusterClient client = RedisClusterClient.create(resources, nodes);
    var topology =
        ClusterTopologyRefreshOptions.builder().enablePeriodicRefresh(TOPOLOGY_REFRESH).build();
    var options = ClusterClientOptions.builder().topologyRefreshOptions(topology);
    common(options);
    client.setOptions(options.build());
    return new RedisClients(
        client,
        resources,
        // "Partitions not initialized" is what connectAsync says before the topology is known.
        () ->
            client
                .refreshPartitionsAsync()
                .thenCompose(_ -> client.connectAsync(ByteArrayCodec.INSTANCE))
                .thenCompose(connection -> {
                  var lane = new Lane(connection, connection.async(), () -> ping(connection));
                  return lane.ping().get().thenApply(_ -> lane);
                }),
        () ->
            client
                .refreshPartitionsAsync()
                .thenCompose(_ -> client.connectPubSubAsync(ByteArrayCodec.INSTANCE))
                .thenApply(connection -> connection));
  }

  /// Is answered when one of the masters answers. Asking all of them also opens the connections to
  /// them: a node without one refuses its first command, because commands are not to be queued.
  private static CompletionStage<?> ping(StatefulRedisClusterConnection<byte[], byte[]> cluster) {
    var answers =
        cluster.getPartitions().stream()
            .filter(node -> node.is(NodeFlag.UPSTREAM) && !node.hasNoSlots())
            .map(node ->
                cluster
                    .getConnectionAsync(node.getUri().getHost(), node.getUri().getPort())
                    .thenCompose(connection -> connection.async().ping())
                    .orTimeout(PING_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS))
            .toList();
    var settled =
        CompletableFuture.allOf(
            answers.stream()
                .map(answer -> answer.handle((_, _) -> null))
                .toArray(CompletableFuture[]::new));
    return settled.thenApply(_ -> {
      if (answers.stream().allMatch(CompletableFuture::isCompletedExceptionally)) {
        throw new RedisAway("no master of the cluster answers");
      }
      return null;
    });
  }

  private static ClientOptions.Builder common(ClientOptions.Builder options) {
    return options
        .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
        // Whoever asked has had an error by then; a replay would publish, or consume, behind its
        // back.
        .replayFilter(_ -> true)
        .requestQueueSize(MAX_UNANSWERED)
        // Asks servers for push messages that only Redis' cloud sends.
        .maintNotificationsConfig(MaintNotificationsConfig.disabled())
        .socketOptions(
            SocketOptions.builder()
                .connectTimeout(CONNECT_TIMEOUT)
                .keepAlive(true)
                .tcpNoDelay(true)
                .build());
  }
}
