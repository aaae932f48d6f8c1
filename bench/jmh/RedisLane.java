package bench.jmh;

import fixtures.urls.PostgresUrl;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/// A way for payloads from one node to another, in order. One thread sends; what arrives is told on
/// a thread of its own.
///
/// None but `streams` keeps what nobody hears at that moment; `notify` is delivered when its
/// transaction commits, and waits for the disk with it.
sealed interface RedisLane extends AutoCloseable {
  /// Sends them; returns when they are on their way, or before.
  void send(List<byte[]> payloads);

  @Override
  void close();

  /// Opens the lane `how`: `plain` (a PUBLISH each, written at once), `pipelined` (written
  /// together), `sharded` (SPUBLISH, written together), `streams` (XADD and XREAD), `notify`
  /// (PostgreSQL).
  static RedisLane open(String how, EngineUrls urls, Consumer<byte[]> heard) {
    return switch (how) {
      case "plain" -> new PubSub(urls, heard, false, false);
      case "pipelined" -> new PubSub(urls, heard, true, false);
      case "sharded" -> new PubSub(urls, heard, true, true);
      case "streams" -> new Streams(urls, heard);
      case "notify" -> new Notify(urls, heard);
      default -> throw new IllegalArgumentException("there is no lane " + how);
    };
  }

  private static byte[] name() {
    return ("bench:" + UUID.randomUUID()).getBytes(StandardCharsets.US_ASCII);
  }

  /// Redis Pub/Sub.
  final class PubSub implements RedisLane {
    private final RedisClient client;
    private final StatefulRedisConnection<byte[], byte[]> out;
    private final byte[] channel = name();
    private final boolean pipelined;
    private final boolean sharded;

    PubSub(EngineUrls urls, Consumer<byte[]> heard, boolean pipelined, boolean sharded) {
      this.pipelined = pipelined;
      this.sharded = sharded;
      client = RedisClient.create(urls.redis());
      out = client.connect(ByteArrayCodec.INSTANCE);
      out.setAutoFlushCommands(!pipelined);
      StatefulRedisPubSubConnection<byte[], byte[]> in =
          client.connectPubSub(ByteArrayCodec.INSTANCE);
      in.addListener(
          new RedisPubSubAdapter<byte[], byte[]>() {
            @Override
            public void message(byte[] from, byte[] payload) {
              heard.accept(payload);
            }

            @Override
            public void smessage(byte[] from, byte[] payload) {
              heard.accept(payload);
            }
          });
      if (sharded) {
        in.sync().ssubscribe(channel);
      } else {
        in.sync().subscribe(channel);
      }
    }

    @Override
    public void send(List<byte[]> payloads) {
      for (byte[] payload : payloads) {
        RedisFuture<Long> sent =
            sharded
                ? out.async().spublish(channel, payload)
                : out.async().publish(channel, payload);
        if (!pipelined) {
          sent.toCompletableFuture().join();
        }
      }
      if (pipelined) {
        out.flushCommands();
      }
    }

    @Override
    public void close() {
      client.shutdown();
    }
  }

  /// A Redis stream, trimmed as it grows, and one blocking reader.
  final class Streams implements RedisLane {
    private static final long KEPT = 10_000; // entries, about
    private static final Duration BLOCK = Duration.ofMillis(200); // then it looks whether to end

    private final RedisClient client;
    private final StatefulRedisConnection<byte[], byte[]> out;
    private final byte[] stream = name();
    private final byte[] field = {'p'};
    private final Thread reader;
    private volatile boolean ending;

    Streams(EngineUrls urls, Consumer<byte[]> heard) {
      client = RedisClient.create(urls.redis());
      out = client.connect(ByteArrayCodec.INSTANCE);
      out.setAutoFlushCommands(false);
      reader = Thread.ofPlatform().daemon().name("stream").start(() -> read(heard));
    }

    private void read(Consumer<byte[]> heard) {
      try (var in = client.connect(ByteArrayCodec.INSTANCE)) {
        String last = "0-0";
        while (!ending) {
          List<StreamMessage<byte[], byte[]>> found = next(in, last);
          for (var entry : found) {
            last = entry.getId();
            entry.getBody().values().forEach(heard);
          }
        }
      }
    }

    @SuppressWarnings("unchecked") // Lettuce takes its streams as a generic array
    private List<StreamMessage<byte[], byte[]>> next(
        StatefulRedisConnection<byte[], byte[]> in, String last) {
      return in.sync()
          .xread(XReadArgs.Builder.block(BLOCK), XReadArgs.StreamOffset.from(stream, last));
    }

    @Override
    public void send(List<byte[]> payloads) {
      var args = new XAddArgs().maxlen(KEPT).approximateTrimming();
      for (byte[] payload : payloads) {
        out.async().xadd(stream, args, Map.of(field, payload));
      }
      out.flushCommands();
    }

    @Override
    public void close() {
      ending = true;
      try {
        reader.join(2 * BLOCK.toMillis());
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
      client.shutdown();
    }
  }

  /// PostgreSQL's LISTEN and NOTIFY: text, at most 8,000 bytes, a transaction for each burst.
  final class Notify implements RedisLane {
    private static final int POLL_MILLIS = 200; // then it looks whether to end

    private final Connection out;
    private final Connection in;
    private final PreparedStatement notify;
    private final Thread reader;
    private volatile boolean ending;

    Notify(EngineUrls urls, Consumer<byte[]> heard) {
      var url = PostgresUrl.parse(urls.postgres());
      String channel = "bench_" + UUID.randomUUID().toString().replace("-", "");
      try {
        out = DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password());
        in = DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password());
        try (var listen = in.createStatement()) {
          listen.execute("LISTEN " + channel);
        }
        notify =
            out.prepareStatement(
                "SELECT count(pg_notify('" + channel + "', p)) FROM unnest(?::text[]) AS x (p)");
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
      reader = Thread.ofPlatform().daemon().name("listen").start(() -> read(heard));
    }

    private void read(Consumer<byte[]> heard) {
      try {
        var listening = in.unwrap(PGConnection.class);
        while (!ending) {
          for (PGNotification each : listening.getNotifications(POLL_MILLIS)) {
            heard.accept(Base64.getDecoder().decode(each.getParameter()));
          }
        }
      } catch (SQLException e) {
        if (!ending) {
          throw new IllegalStateException(e);
        }
      }
    }

    @Override
    public void send(List<byte[]> payloads) {
      Base64.Encoder base64 = Base64.getEncoder();
      String[] texts = new String[payloads.size()];
      for (int i = 0; i < texts.length; i++) {
        texts[i] = base64.encodeToString(payloads.get(i));
      }
      try {
        notify.setArray(1, out.createArrayOf("text", texts));
        notify.execute();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() {
      ending = true;
      try {
        reader.join(TimeUnit.SECONDS.toMillis(1));
        out.close();
        in.close();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      } catch (SQLException _) {
        // the fork ends
      }
    }
  }
}
