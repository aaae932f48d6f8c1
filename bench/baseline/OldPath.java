package bench.baseline;

import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/// The design that this one replaced, as a program: for each recipient device of a message one
/// transaction of six round trips, on a connection that the sender holds meanwhile.
///
/// 1. is the sender a member (`BEGIN` travels with it, as the driver does it)
/// 2. was this client message id stored before
/// 3. the message, once; for further recipients it is there already
/// 4. the delivery to this device
/// 5. the conversation's last activity
/// 6. `COMMIT`
///
/// It stands for what is said of the old path: so many trips, one transaction for each recipient
/// device, a mailbox row for each. Its order comes from a serial column, its delivery from polling
/// the mailbox; both are left out here, so it does less than it did. Tables of its own, in a schema
/// `baseline`, durable as the server's.
public final class OldPath implements AutoCloseable {
  private static final String SCHEMA =
      """
      DROP SCHEMA IF EXISTS baseline CASCADE;
      CREATE SCHEMA baseline;
      CREATE TABLE baseline.conversations (
        conversation_id uuid PRIMARY KEY, last_activity_at timestamptz NOT NULL DEFAULT now());
      CREATE TABLE baseline.members (
        conversation_id uuid, user_id uuid, PRIMARY KEY (conversation_id, user_id));
      CREATE TABLE baseline.messages (
        message_id uuid PRIMARY KEY, position bigserial, conversation_id uuid NOT NULL,
        sender_id uuid NOT NULL, content bytea NOT NULL, sent_at timestamptz NOT NULL DEFAULT now());
      CREATE TABLE baseline.deliveries (
        message_id uuid, device_id uuid, state text NOT NULL, PRIMARY KEY (message_id, device_id));
      """;
  private static final String MEMBER =
      "SELECT 1 FROM baseline.members WHERE conversation_id = ? AND user_id = ?";
  private static final String STORED =
      "SELECT 1 FROM baseline.deliveries" + " WHERE message_id = ? AND device_id = ?";
  private static final String MESSAGE =
      "INSERT INTO baseline.messages (message_id, conversation_id, sender_id, content)"
          + " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
  private static final String DELIVERY = "INSERT INTO baseline.deliveries VALUES (?, ?, 'pending')";
  private static final String ACTIVITY =
      "UPDATE baseline.conversations SET last_activity_at = now() WHERE conversation_id = ?";

  /// What a time of writing came to.
  ///
  /// @param messages that are with all their recipients
  public record Written(long messages, long nanos) {
    /// Messages a second.
    public double rate() {
      return messages * 1e9 / nanos;
    }
  }

  private final PostgresUrl url;
  private final byte[] content;
  private final LongAdder messages = new LongAdder();
  private final AtomicReference<SQLException> failure = new AtomicReference<>();
  private volatile boolean running;

  public OldPath(PostgresUrl url, int payloadBytes) {
    this.url = url;
    content = new byte[payloadBytes];
    new SplittableRandom(1).nextBytes(content);
    try (var connection = connect();
        var statement = connection.createStatement()) {
      statement.execute(SCHEMA);
    } catch (SQLException e) {
      throw refused(e);
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password());
  }

  private static EnvironmentError refused(SQLException e) {
    return new EnvironmentError("PostgreSQL refused: " + e.getMessage(), e);
  }

  /// Senders write one message after the other, each in a conversation of its own.
  ///
  /// @param senders at once, with a connection each
  /// @param recipients devices of each message
  /// @param begun called when the measured time begins
  /// @param over called when it ends
  public Written flatOut(
      int senders, int recipients, int runInSeconds, int seconds, Runnable begun, Runnable over)
      throws InterruptedException {
    running = true;
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < senders; i++) {
      threads.add(Thread.ofPlatform().name("old-path-" + i).start(() -> send(recipients)));
    }
    TimeUnit.SECONDS.sleep(runInSeconds);
    long before = messages.sum();
    long start = System.nanoTime();
    begun.run();
    TimeUnit.SECONDS.sleep(seconds);
    over.run();
    var written = new Written(messages.sum() - before, System.nanoTime() - start);
    running = false;
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure.get() != null) {
      throw refused(failure.get());
    }
    return written;
  }

  private void send(int recipients) {
    UUID conversation = UUID.randomUUID();
    UUID user = UUID.randomUUID();
    UUID[] devices = new UUID[recipients];
    Arrays.setAll(devices, _ -> UUID.randomUUID());
    try (Connection connection = connect()) {
      update(connection, "INSERT INTO baseline.conversations VALUES (?)", conversation);
      update(connection, "INSERT INTO baseline.members VALUES (?, ?)", conversation, user);
      connection.setAutoCommit(false);
      while (running) {
        UUID message = UUID.randomUUID();
        for (UUID device : devices) {
          deliver(connection, conversation, user, message, device);
        }
        messages.increment();
      }
    } catch (SQLException e) {
      failure.compareAndSet(null, e);
    }
  }

  /// One transaction.
  private void deliver(
      Connection connection, UUID conversation, UUID user, UUID message, UUID device)
      throws SQLException {
    if (!finds(connection, MEMBER, conversation, user)) {
      throw new SQLException("not a member");
    }
    if (!finds(connection, STORED, message, device)) {
      update(connection, MESSAGE, message, conversation, user, content);
      update(connection, DELIVERY, message, device);
      update(connection, ACTIVITY, conversation);
    }
    connection.commit();
  }

  private static boolean finds(Connection connection, String query, Object... values)
      throws SQLException {
    try (var statement = connection.prepareStatement(query)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      try (var rows = statement.executeQuery()) {
        return rows.next();
      }
    }
  }

  private static void update(Connection connection, String command, Object... values)
      throws SQLException {
    try (var statement = connection.prepareStatement(command)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      statement.executeUpdate();
    }
  }

  /// Drops its tables.
  @Override
  public void close() {
    try (var connection = connect();
        var statement = connection.createStatement()) {
      statement.execute("DROP SCHEMA IF EXISTS baseline CASCADE");
    } catch (SQLException e) {
      throw refused(e);
    }
  }
}
