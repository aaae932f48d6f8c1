package bench.bare;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import fixtures.urls.CqlUrl;
import fixtures.urls.EnvironmentError;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import migrate.schema.CqlSessions;

/// A bare program over the CQL driver: for each message its row and the row that makes a retry find
/// it, plain prepared writes at `LOCAL_QUORUM`, many in flight. No condition, no order, no check.
///
/// Runs in this process. Writes into conversations that nobody has.
public final class CqlTwin implements AutoCloseable {
  private static final int CONVERSATIONS = 100; // as many as two hundred sockets in pairs have
  private static final int BUCKET = 1024; // as the schema says
  private static final String MESSAGE =
      "INSERT INTO %s.messages (conversation_id, bucket, seq, sender_user_id, sender_device_id,"
          + " client_message_id, sent_at, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
  private static final String ID =
      "INSERT INTO %s.message_ids (conversation_id, sender_device_id, client_message_id, seq,"
          + " sent_at) VALUES (?, ?, ?, ?, ?)";

  private final CqlSession session;
  private final PreparedStatement message;
  private final PreparedStatement id;
  private final byte[] content;
  private final UUID[] conversations = new UUID[CONVERSATIONS];
  private final AtomicLong next = new AtomicLong();

  public CqlTwin(CqlUrl url, int payloadBytes) {
    session = CqlSessions.open(url);
    message = session.prepare(MESSAGE.formatted(url.keyspace()));
    id = session.prepare(ID.formatted(url.keyspace()));
    content = new byte[payloadBytes];
    new SplittableRandom(1).nextBytes(content);
    for (int i = 0; i < CONVERSATIONS; i++) {
      conversations[i] = UUID.randomUUID();
    }
  }

  /// Messages a second whose two rows were answered for.
  ///
  /// @param inFlight messages
  public double flatOut(int inFlight, int runInSeconds, int seconds) throws InterruptedException {
    var room = new Semaphore(inFlight);
    var written = new LongAdder();
    var failure = new AtomicReference<Throwable>();
    long start = System.nanoTime() + TimeUnit.SECONDS.toNanos(runInSeconds);
    long end = start + TimeUnit.SECONDS.toNanos(seconds);
    long before = -1;
    long began = start;
    while (System.nanoTime() - end < 0 && failure.get() == null) {
      if (before < 0 && System.nanoTime() - start >= 0) {
        before = written.sum();
        began = System.nanoTime();
      }
      room.acquire();
      write(room, written, failure);
    }
    double rate = (written.sum() - Math.max(0, before)) * 1e9 / (System.nanoTime() - began);
    room.acquire(inFlight); // what is under way
    if (failure.get() != null) {
      throw new EnvironmentError("the CQL node refused: " + failure.get(), failure.get());
    }
    return rate;
  }

  private void write(Semaphore room, LongAdder written, AtomicReference<Throwable> failure) {
    long number = next.getAndIncrement();
    UUID conversation = conversations[(int) (number % CONVERSATIONS)];
    long seq = number / CONVERSATIONS + 1;
    UUID clientId = UUID.randomUUID();
    Instant now = Instant.now();
    var first =
        session.executeAsync(
            message
                .bind(
                    conversation,
                    seq / BUCKET,
                    seq,
                    conversation,
                    conversation,
                    clientId,
                    now,
                    ByteBuffer.wrap(content))
                .setConsistencyLevel(ConsistencyLevel.LOCAL_QUORUM)
                .setIdempotent(true));
    var second =
        session.executeAsync(
            id.bind(conversation, conversation, clientId, seq, now)
                .setConsistencyLevel(ConsistencyLevel.LOCAL_QUORUM)
                .setIdempotent(true));
    first
        .thenCombine(second, (_, _) -> null)
        .whenComplete((_, e) -> {
          if (e == null) {
            written.increment();
          } else {
            failure.compareAndSet(null, e);
          }
          room.release();
        });
  }

  @Override
  public void close() {
    session.close();
  }
}
