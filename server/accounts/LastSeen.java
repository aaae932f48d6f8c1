package server.accounts;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jooq.DSLContext;

/// Notes which devices were heard of, and writes it down once a minute for all of them, so that
/// `last_seen_at` is right to two minutes and costs requests nothing. Thread-safe.
public final class LastSeen {
  /// Devices heard of between two writes; beyond it some are noted a minute later.
  private static final int MAX_DEVICES = 200_000;

  /// One statement's share, so that none holds its row locks for long.
  private static final int BATCH = 1_000;

  /// Rows that another node is writing at the moment are left out: it writes the same.
  private static final String WRITE =
      """
      WITH seen AS (
        SELECT device_id FROM devices
        WHERE device_id = ANY (?) AND last_seen_at < now() - interval '30 seconds'
        FOR NO KEY UPDATE SKIP LOCKED)
      UPDATE devices d SET last_seen_at = now() FROM seen WHERE d.device_id = seen.device_id\
      """;

  private final DSLContext dsl;
  private final Set<UUID> seen = ConcurrentHashMap.newKeySet();

  LastSeen(DSLContext dsl) {
    this.dsl = dsl;
  }

  /// This device is active now. Does not block; cheap enough for every request and every heartbeat.
  public void touch(UUID deviceId) {
    if (!seen.contains(deviceId) && seen.size() < MAX_DEVICES) {
      seen.add(deviceId);
    }
  }

  /// Writes down what was noted.
  void write() {
    UUID[] noted = seen.toArray(UUID[]::new);
    for (int from = 0; from < noted.length; from += BATCH) {
      UUID[] batch = Arrays.copyOfRange(noted, from, Math.min(noted.length, from + BATCH));
      dsl.execute(WRITE, (Object) batch);
      seen.removeAll(List.of(batch));
    }
  }
}
