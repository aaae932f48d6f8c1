package server.messages.cql;

import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import migrate.move.messages.StoredCursor;
import migrate.move.messages.StoredReceipt;

/// Cursors and receipts of a move, in the form that [CqlCursors] keeps them in. Thread-safe.
final class CqlPlaceCopies {
  private static final int ROW_BYTES = 150; // about
  private static final int MAX_DEVICES = 500; // whose receipts are read at once

  private static final long YEAR_2096_MICROS = 4_000_000_000_000_000L;

  private final CqlLink link;
  private final Packing packing;
  private final PreparedStatement cursors;
  private final PreparedStatement deliver;
  private final PreparedStatement read;
  private final PreparedStatement log;
  private final PreparedStatement logged;

  CqlPlaceCopies(CqlLink link, Packing packing) {
    this.link = link;
    this.packing = packing;
    this.cursors =
        link.prepare(
            "SELECT user_id, device_id, delivered_seq, read_seq FROM cursors"
                + " WHERE conversation_id = ?");
    String key = " WHERE conversation_id = ? AND user_id = ? AND device_id = ?";
    this.deliver = link.prepare("UPDATE cursors USING TIMESTAMP ? SET delivered_seq = ?" + key);
    this.read = link.prepare("UPDATE cursors USING TIMESTAMP ? SET read_seq = ?" + key);
    this.log =
        link.prepare(
            "INSERT INTO receipts (conversation_id, user_id, device_id, bucket, kind, seq,"
                + " reached_micros) VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?");
    this.logged =
        link.prepare("SELECT kind, seq, reached_micros FROM receipts" + key + " AND bucket = ?");
  }

  List<StoredCursor> cursors(Collection<UUID> conversations) {
    List<UUID> asked = List.copyOf(conversations);
    List<List<Row>> found = link.all(asked.stream().map(cursors::bind).toList());
    List<StoredCursor> all = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      for (Row row : found.get(i)) {
        all.add(
            new StoredCursor(
                asked.get(i),
                row.getUuid("user_id"),
                row.getUuid("device_id"),
                row.getLong("delivered_seq"), // an absent one reads as 0
                row.getLong("read_seq")));
      }
    }
    return all;
  }

  void raise(List<StoredCursor> raised) {
    List<Packing.Write> writes = new ArrayList<>();
    for (StoredCursor c : raised) {
      if (c.deliveredSeq() > 0) {
        writes.add(new Packing.Write(raise(deliver, c, c.deliveredSeq()), ROW_BYTES));
      }
      if (c.readSeq() > 0) {
        writes.add(new Packing.Write(raise(read, c, c.readSeq()), ROW_BYTES));
      }
    }
    link.all(packing.pack(writes));
  }

  private static BoundStatement raise(PreparedStatement column, StoredCursor c, long seq) {
    return column.bind(seq, seq, c.conversationId(), c.userId(), c.deviceId());
  }

  private record Device(UUID conversation, UUID user, UUID device) {}

  /// One device's come in order, and each rise is logged in every bucket that it passed.
  void log(List<StoredReceipt> receipts) {
    Map<Device, List<StoredReceipt>> byDevice = new HashMap<>();
    for (StoredReceipt r : receipts) {
      var device = new Device(r.conversationId(), r.userId(), r.deviceId());
      byDevice.computeIfAbsent(device, _ -> new ArrayList<>()).add(r);
    }
    List<Packing.Write> writes = new ArrayList<>();
    byDevice.forEach((device, its) -> {
      its.sort(
          Comparator.comparingLong(StoredReceipt::deliveredSeq)
              .thenComparingLong(StoredReceipt::readSeq));
      long delivered = 0;
      long wasRead = 0;
      for (StoredReceipt r : its) {
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, r.reachedAt());
        add(writes, device, CqlCursors.DELIVERED, delivered, r.deliveredSeq(), micros);
        add(writes, device, CqlCursors.READ, wasRead, r.readSeq(), micros);
        delivered = Math.max(delivered, r.deliveredSeq());
        wasRead = Math.max(wasRead, r.readSeq());
      }
    });
    link.all(packing.pack(writes));
  }

  private void add(
      List<Packing.Write> to, Device of, String kind, long before, long after, long micros) {
    if (after <= before || after <= 0) {
      return;
    }
    for (long bucket : CqlCursors.bucketsPassed(before, after)) {
      BoundStatement row =
          log.bind(of.conversation, of.user, of.device, bucket, kind, after, micros, rank(micros));
      to.add(new Packing.Write(row, ROW_BYTES));
    }
  }

  /// The write timestamp, by which the earliest of several rows for one place stays: the later in
  /// time, the lower, and below those of acknowledgements.
  private static long rank(long micros) {
    return (YEAR_2096_MICROS - micros) / 2;
  }

  private record Reached(boolean read, long seq, long micros) {}

  List<StoredReceipt> receipts(Collection<UUID> conversations, Instant since) {
    List<StoredReceipt> all = new ArrayList<>();
    List<StoredCursor> cursors = cursors(conversations);
    for (int i = 0; i < cursors.size(); i += MAX_DEVICES) {
      List<StoredCursor> some = cursors.subList(i, Math.min(cursors.size(), i + MAX_DEVICES));
      List<StoredCursor> of = new ArrayList<>(); // whose each read is
      List<BoundStatement> reads = new ArrayList<>();
      for (StoredCursor c : some) {
        long last = Math.max(c.deliveredSeq(), c.readSeq()) / CqlCursors.BUCKET;
        for (long b = 0; b <= last; b++) {
          of.add(c);
          reads.add(logged.bind(c.conversationId(), c.userId(), c.deviceId(), b));
        }
      }
      Map<StoredCursor, List<Reached>> reached = new LinkedHashMap<>();
      List<List<Row>> found = link.all(reads);
      for (int r = 0; r < reads.size(); r++) {
        List<Reached> its = reached.computeIfAbsent(of.get(r), _ -> new ArrayList<>());
        for (Row row : found.get(r)) {
          boolean isRead = CqlCursors.READ.equals(row.getString("kind"));
          its.add(new Reached(isRead, row.getLong("seq"), row.getLong("reached_micros")));
        }
      }
      reached.forEach((cursor, its) -> merge(cursor, its, since, all));
    }
    return all;
  }

  /// The two kinds' rows in one line of time: each says how far both had come.
  private static void merge(
      StoredCursor of, List<Reached> reached, Instant since, List<StoredReceipt> to) {
    reached.sort(Comparator.comparingLong(Reached::micros).thenComparing(Reached::read));
    long delivered = 0;
    long read = 0;
    for (Reached next : reached) {
      long newRead = next.read() ? Math.max(read, next.seq()) : read;
      long newDelivered = Math.max(delivered, next.seq()); // who reads has it
      if (newRead == read && newDelivered == delivered) {
        continue; // a rise that passed several buckets is in each
      }
      read = newRead;
      delivered = newDelivered;
      Instant at = Instant.EPOCH.plus(next.micros(), ChronoUnit.MICROS);
      if (!at.isBefore(since)) {
        to.add(
            new StoredReceipt(
                of.conversationId(), of.userId(), of.deviceId(), delivered, read, at));
      }
    }
  }
}
