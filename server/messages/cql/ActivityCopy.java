package server.messages.cql;

import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.messages.Appended;
import server.messages.Draft;

/// Copies when each conversation was last written to into PostgreSQL, which orders conversations by
/// it. A copy: it lags by a second or so, a crash loses what waits, and the conversation's next
/// message makes that good. Nothing but that order depends on it.
///
/// [#note] never blocks for long; one thread writes; `lock` guards the map.
final class ActivityCopy implements AutoCloseable {
  private static final long PAUSE_MILLIS = 1_000;

  /// Rows in one pause: some 5 % of a core of PostgreSQL. What is over waits, newest state only.
  private static final int MAX_ROWS = 2_000;

  /// Conversations that wait; more than this are not told until their next message.
  private static final int MAX_WAITING = 100_000;

  private static final long CLOSE_TIMEOUT_MILLIS = 3_000;
  private static final Logger log = LoggerFactory.getLogger(ActivityCopy.class);

  /// Never raises what is later. Skips rows that are locked, by a change of members for example,
  /// which may itself wait for a commit; tells which rows it wrote.
  private static final String COPY =
      """
      UPDATE conversations c SET last_activity_at = greatest(c.last_activity_at, i.at)
      FROM (SELECT x.conversation_id FROM conversations x WHERE x.conversation_id = ANY (?)
            ORDER BY x.conversation_id FOR NO KEY UPDATE SKIP LOCKED) free
      JOIN unnest(?, ?) AS i (conversation_id, at) USING (conversation_id)
      WHERE c.conversation_id = free.conversation_id
      RETURNING c.conversation_id
      """;

  private final DSLContext dsl;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition closing = lock.newCondition();
  private final Map<UUID, Instant> waiting = new LinkedHashMap<>();
  private boolean closed;
  private final Thread thread;

  ActivityCopy(DSLContext dsl) {
    this.dsl = dsl;
    this.thread = Thread.ofPlatform().name("activity").daemon().start(this::run);
  }

  /// Takes note of what a batch stored.
  void note(List<Draft> batch, List<Appended> answers) {
    lock.lock();
    try {
      for (int i = 0; i < batch.size(); i++) {
        if (answers.get(i) instanceof Appended.Stored stored && !stored.repeated()) {
          keep(batch.get(i).conversationId(), stored.sentAt());
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void keep(UUID conversation, Instant at) {
    if (waiting.size() < MAX_WAITING || waiting.containsKey(conversation)) {
      waiting.merge(conversation, at, (one, other) -> one.isAfter(other) ? one : other);
    }
  }

  private void run() {
    boolean last = false;
    while (!last) {
      last = pause();
      Map<UUID, Instant> some = take();
      if (!some.isEmpty()) {
        try {
          copy(some).forEach(some::remove);
        } catch (DataAccessException e) {
          log.debug("activity of {} conversations waits: {}", some.size(), e.getMessage());
        }
        putBack(some);
      }
    }
  }

  /// True when closed.
  private boolean pause() {
    lock.lock();
    try {
      long nanos = TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS);
      while (!closed && nanos > 0) {
        nanos = closing.awaitNanos(nanos);
      }
      return closed;
    } catch (InterruptedException _) {
      return true; // nobody interrupts it but a JVM that goes down
    } finally {
      lock.unlock();
    }
  }

  private Map<UUID, Instant> take() {
    Map<UUID, Instant> some = new LinkedHashMap<>();
    lock.lock();
    try {
      var entries = waiting.entrySet().iterator();
      while (some.size() < MAX_ROWS && entries.hasNext()) {
        var entry = entries.next();
        some.put(entry.getKey(), entry.getValue());
        entries.remove();
      }
    } finally {
      lock.unlock();
    }
    return some;
  }

  private void putBack(Map<UUID, Instant> left) {
    lock.lock();
    try {
      left.forEach(this::keep);
    } finally {
      lock.unlock();
    }
  }

  private List<UUID> copy(Map<UUID, Instant> some) {
    Object[] ids = some.keySet().toArray();
    Object[] times = some.values().stream().map(at -> at.atOffset(ZoneOffset.UTC)).toArray();
    return dsl.connectionResult(connection -> {
      try (PreparedStatement statement = connection.prepareStatement(COPY)) {
        Array conversations = connection.createArrayOf("uuid", ids);
        statement.setArray(1, conversations);
        statement.setArray(2, conversations);
        statement.setArray(3, connection.createArrayOf("timestamptz", times));
        List<UUID> copied = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            copied.add(rows.getObject(1, UUID.class));
          }
        }
        return copied;
      }
    });
  }

  /// Copies once more, at most [#MAX_ROWS], and ends.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      closing.signal();
    } finally {
      lock.unlock();
    }
    try {
      thread.join(CLOSE_TIMEOUT_MILLIS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
