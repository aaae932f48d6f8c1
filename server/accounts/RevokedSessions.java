package server.accounts;

import static migrate.generated.Tables.SESSIONS;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.val;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.SQLDataType;
import org.jooq.types.DayToSecond;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The sessions whose access tokens are dead though they have not expired: those that this node
/// revoked, at once, and those that others did, by asking the database every 400 ms, Redis or not.
/// Thread-safe; [#contains] is one look into a map.
///
/// It holds what was revoked within a token's lifetime: some 150 bytes for each.
public final class RevokedSessions implements AutoCloseable {
  /// A revocation is to be known everywhere within 1 s of its commit.
  private static final Duration POLL_EVERY = Duration.ofMillis(400);

  /// `revoked_at` is taken before the commit. No transaction that sets it takes longer than this:
  /// it is its last statement, and statements are ended after 5 s.
  private static final Duration COMMIT_LAG = Duration.ofSeconds(30);

  /// How far nodes' clocks may be apart: a token from one that is ahead lives that much longer.
  private static final Duration CLOCK_SKEW = Duration.ofSeconds(120);

  private static final Duration KEPT = AccessTokens.LIFETIME.plus(CLOCK_SKEW).plus(COMMIT_LAG);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);
  private static final int WARN_EVERY_FAILURES = 25; // 10 s of a database that is away

  private static final Field<OffsetDateTime> NOW =
      field("statement_timestamp()", SQLDataType.TIMESTAMPWITHTIMEZONE);
  private static final Logger log = LoggerFactory.getLogger(RevokedSessions.class);

  private final DSLContext dsl;
  private final ConcurrentHashMap<UUID, Long> forgetAtNanos = new ConcurrentHashMap<>();
  private final List<Revoked.Listener> listeners = new CopyOnWriteArrayList<>();
  private final ScheduledExecutorService poller =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("revocations").factory());
  private OffsetDateTime knownUntil; // the database's time; poller and start() only
  private int failures; // poller only

  public RevokedSessions(DSLContext dsl) {
    this.dsl = dsl;
  }

  /// Loads what is revoked and goes on asking. Call it once, before tokens are judged.
  ///
  /// @throws DataAccessException when the database is away
  public void start() {
    poll();
    poller.scheduleWithFixedDelay(
        this::pollSafely, POLL_EVERY.toMillis(), POLL_EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// Whether this session's tokens are dead.
  public boolean contains(UUID sessionId) {
    return forgetAtNanos.containsKey(sessionId);
  }

  /// Be told of every revocation from now on: on the thread that revokes, or on the poller's.
  public void listen(Revoked.Listener listener) {
    listeners.add(listener);
  }

  /// Takes note of what this node revoked; after the commit, before the request is answered.
  void add(Collection<Revoked> revoked) {
    for (Revoked one : revoked) {
      Long known = forgetAtNanos.putIfAbsent(one.sessionId(), System.nanoTime() + KEPT.toNanos());
      if (known == null) {
        tell(one);
      }
    }
  }

  private void tell(Revoked revoked) {
    for (Revoked.Listener listener : listeners) {
      try {
        listener.revoked(revoked);
      } catch (RuntimeException e) {
        log.error("a listener failed to take note of a revocation", e);
      }
    }
  }

  private void pollSafely() {
    try {
      poll();
      failures = 0;
    } catch (RuntimeException e) { // it must not end the schedule
      if (failures++ % WARN_EVERY_FAILURES == 0) {
        Throwable cause = e.getCause() == null ? e : e.getCause(); // jOOQ's own has the statement
        log.warn("other nodes' revocations can't be read for the moment: {}", cause.getMessage());
      }
    }
  }

  /// One query, on the database's clock alone. Windows overlap by [#COMMIT_LAG], so that what was
  /// stamped before the last poll and committed after it is seen.
  private void poll() {
    var from =
        knownUntil == null
            ? NOW.minus(interval(KEPT))
            : val(knownUntil).minus(interval(COMMIT_LAG));
    var clock = select(NOW.as("now")).asTable("clock");
    var rows =
        dsl.select(
                clock.field("now", OffsetDateTime.class), SESSIONS.SESSION_ID, SESSIONS.DEVICE_ID)
            .from(clock)
            .leftJoin(SESSIONS) // so that there is a row with the time when nothing was revoked
            .on(SESSIONS.REVOKED_AT.gt(from))
            .fetch();
    for (var row : rows) {
      if (row.value2() != null) {
        add(List.of(new Revoked(row.value2(), row.value3())));
      }
    }
    knownUntil = rows.getFirst().value1();
    long nanos = System.nanoTime();
    forgetAtNanos.values().removeIf(forgetAt -> forgetAt - nanos < 0);
  }

  private static DayToSecond interval(Duration duration) {
    return DayToSecond.valueOf(duration);
  }

  @Override
  public void close() {
    poller.shutdown(); // a poll that is under way ends by itself: it needs the database for moments
    try {
      if (!poller.awaitTermination(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        poller.shutdownNow();
      }
    } catch (InterruptedException _) {
      poller.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
