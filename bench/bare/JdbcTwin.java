package bench.bare;

import bench.client.Arrivals;
import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/// A bare program over JDBC that stores messages as fast as PostgreSQL takes them: rows of the
/// server's own table, many in one `INSERT … SELECT FROM unnest`, a few writers, one autocommit
/// round trip for each batch. It checks nothing and numbers the rows by itself.
///
/// Runs in this process; what it costs PostgreSQL is PostgreSQL's. Writes into conversations that
/// nobody has, so that it can share a database with a server.
public final class JdbcTwin implements AutoCloseable {
  private static final String INSERT =
      "INSERT INTO messages (conversation_id, seq, sender_user_id, sender_device_id,"
          + " client_message_id, sent_at, reply_to_seq, content_type, content)"
          + " SELECT c, s, u, d, i, clock_timestamp(), NULL, NULL, b"
          + " FROM unnest(?::uuid[], ?::bigint[], ?::uuid[], ?::uuid[], ?::uuid[], ?::bytea[])"
          + " AS x (c, s, u, d, i, b)";
  private static final int CONVERSATIONS = 100; // as many as two hundred sockets in pairs have
  private static final int QUEUE = 1 << 17; // of what is due: an open loop that falls behind
  private static final long POLL_MILLIS = 100; // then a writer looks whether it is to end
  private static final long MAX_NANOS = 600_000_000_000L;

  /// One message that waits.
  private record Waiting(int conversation, long dueNanos) {}

  /// What a time of writing came to.
  ///
  /// @param latency from when a message was due to its commit, nanoseconds
  public record Written(long messages, long batches, long nanos, Histogram latency) {
    /// Messages a second.
    public double rate() {
      return messages * 1e9 / nanos;
    }

    /// Messages of a batch.
    public double batch() {
      return messages / (double) batches;
    }
  }

  private final List<Connection> connections = new ArrayList<>();
  private final byte[] content;
  private final UUID[] conversations = new UUID[CONVERSATIONS];
  private final long[] seqs = new long[CONVERSATIONS]; // of the writer that owns the conversation
  private final LongAdder messages = new LongAdder();
  private final LongAdder batches = new LongAdder();
  private volatile Histogram latency = new ConcurrentHistogram(MAX_NANOS, 3);

  /// @param writers batches in flight
  public JdbcTwin(PostgresUrl url, int writers, int payloadBytes) {
    content = new byte[payloadBytes];
    new SplittableRandom(1).nextBytes(content);
    for (int i = 0; i < CONVERSATIONS; i++) {
      conversations[i] = UUID.randomUUID();
    }
    try {
      for (int i = 0; i < writers; i++) {
        Connection connection =
            DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password());
        connections.add(connection);
        try (var statement = connection.createStatement()) {
          statement.execute("SET synchronous_commit = on");
        }
      }
    } catch (SQLException e) {
      throw new EnvironmentError("PostgreSQL does not answer: " + e.getMessage(), e);
    }
  }

  /// Every writer writes one full batch after the other.
  public Written flatOut(int batch, int runInSeconds, int seconds) throws InterruptedException {
    return during(
        runInSeconds,
        seconds,
        (writer, running) -> {
          try (var statement = connections.get(writer).prepareStatement(INSERT)) {
            int next = writer;
            List<Waiting> all = new ArrayList<>();
            while (running.get()) {
              all.clear();
              long now = System.nanoTime();
              for (int i = 0; i < batch; i++) {
                all.add(new Waiting(next, now));
                next =
                    next + connections.size() < CONVERSATIONS ? next + connections.size() : writer;
              }
              write(connections.get(writer), statement, all);
            }
          }
        });
  }

  /// Messages come at a rate; each writer takes what waits for it, at most `mostAtOnce`.
  public Written atRate(double rate, int mostAtOnce, int runInSeconds, int seconds)
      throws InterruptedException {
    List<ArrayBlockingQueue<Waiting>> queues = new ArrayList<>();
    connections.forEach(_ -> queues.add(new ArrayBlockingQueue<>(QUEUE)));
    double gap = TimeUnit.SECONDS.toNanos(1) / rate;
    int[] next = {0}; // of the arrivals' thread
    var arrivals =
        new Arrivals(
            _ -> gap,
            (due, count) -> {
              for (int i = 0; i < count; i++) {
                int conversation = next[0]++ % CONVERSATIONS;
                queues.get(conversation % queues.size()).offer(new Waiting(conversation, due[i]));
              }
            });
    try {
      return during(
          runInSeconds,
          seconds,
          (writer, running) -> {
            var queue = queues.get(writer);
            List<Waiting> all = new ArrayList<>();
            try (var statement = connections.get(writer).prepareStatement(INSERT)) {
              while (running.get()) {
                all.clear();
                Waiting first = queue.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
                if (first != null) {
                  all.add(first);
                  queue.drainTo(all, mostAtOnce - 1);
                  write(connections.get(writer), statement, all);
                }
              }
            }
          });
    } finally {
      arrivals.close();
    }
  }

  private interface Running {
    boolean get();
  }

  private interface Work {
    void run(int writer, Running running) throws SQLException, InterruptedException;
  }

  private volatile boolean running;
  private volatile Exception failure;

  private Written during(int runInSeconds, int seconds, Work work) throws InterruptedException {
    running = true;
    failure = null;
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < connections.size(); i++) {
      int writer = i;
      threads.add(
          Thread.ofPlatform()
              .name("writer-" + i)
              .start(() -> {
                try {
                  work.run(writer, () -> running);
                } catch (SQLException | InterruptedException e) {
                  failure = e;
                }
              }));
    }
    TimeUnit.SECONDS.sleep(runInSeconds);
    latency = new ConcurrentHistogram(MAX_NANOS, 3);
    long before = messages.sum();
    long batchesBefore = batches.sum();
    started.run();
    long start = System.nanoTime();
    TimeUnit.SECONDS.sleep(seconds);
    var written =
        new Written(
            messages.sum() - before,
            batches.sum() - batchesBefore,
            System.nanoTime() - start,
            latency.copy());
    ended.run();
    running = false;
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure != null) {
      throw new EnvironmentError("PostgreSQL refused: " + failure.getMessage(), failure);
    }
    return written;
  }

  private Runnable started = () -> {};
  private Runnable ended = () -> {};

  /// Calls these at the beginning and at the end of each measured time, to read what others used.
  public void around(Runnable start, Runnable end) {
    started = start;
    ended = end;
  }

  private void write(Connection connection, PreparedStatement statement, List<Waiting> all)
      throws SQLException {
    int size = all.size();
    UUID[] ids = new UUID[size];
    Long[] numbers = new Long[size];
    UUID[] users = new UUID[size];
    UUID[] clientIds = new UUID[size];
    byte[][] contents = new byte[size][];
    for (int i = 0; i < size; i++) {
      int conversation = all.get(i).conversation;
      ids[i] = conversations[conversation];
      numbers[i] = ++seqs[conversation];
      users[i] = ids[i];
      clientIds[i] = UUID.randomUUID();
      contents[i] = content;
    }
    statement.setArray(1, connection.createArrayOf("uuid", ids));
    statement.setArray(2, connection.createArrayOf("int8", numbers));
    statement.setArray(3, connection.createArrayOf("uuid", users));
    statement.setArray(4, connection.createArrayOf("uuid", users));
    statement.setArray(5, connection.createArrayOf("uuid", clientIds));
    statement.setArray(6, connection.createArrayOf("bytea", contents));
    statement.executeUpdate();
    long now = System.nanoTime();
    for (Waiting waiting : all) {
      latency.recordValue(Math.clamp(now - waiting.dueNanos, 0, MAX_NANOS));
    }
    messages.add(size);
    batches.increment();
  }

  @Override
  public void close() {
    for (Connection connection : connections) {
      try {
        connection.close();
      } catch (SQLException _) {
        // it goes with this process
      }
    }
  }
}
