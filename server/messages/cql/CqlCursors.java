package server.messages.cql;

import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.LongStream;
import server.messages.Acknowledgement;
import server.messages.Advance;
import server.messages.Cursor;
import server.messages.MessageStore.Seat;
import server.messages.Receipt;

/// Cursors and receipts in CQL. Thread-safe; blocks.
///
/// Each of a cursor's columns is written USING TIMESTAMP its own value, so a lower one never covers
/// a higher one, in whatever order writes arrive. Two nodes that raise the same cursor at once may
/// both tell of it, each with the place it read; told twice, no receipt means anything else.
final class CqlCursors {
  /// Of `receipts`: seq / 65,536, one device's in one conversation.
  static final long BUCKET = 65_536;

  /// What one acknowledgement may pass and still be logged in each bucket: 4 million messages. What
  /// it passes beyond that has no "delivered at".
  private static final int MAX_BUCKETS = 64;

  static final String DELIVERED = "delivered";
  static final String READ = "read";

  /// Cursors that rose lately and are remembered: some MB of heap. They are about to rise again.
  private static final int MAX_REMEMBERED = 50_000;

  private static final int ROW_BYTES = 150; // about

  private record Place(UUID conversationId, UUID userId, UUID deviceId) {
    static Place of(Cursor cursor) {
      return new Place(cursor.conversationId(), cursor.userId(), cursor.deviceId());
    }
  }

  private final CqlLink link;
  private final Packing packing;
  private final ReentrantLock lock = new ReentrantLock();
  private final Recent<Place, Cursor> recent = new Recent<>(MAX_REMEMBERED); // guarded by lock
  private final PreparedStatement one;
  private final PreparedStatement ofUser;
  private final PreparedStatement firstPage;
  private final PreparedStatement nextPage;
  private final PreparedStatement deliver;
  private final PreparedStatement read;
  private final PreparedStatement log;
  private final PreparedStatement reached;

  CqlCursors(CqlLink link) {
    this.link = link;
    this.packing = new Packing(link.session());
    String columns = "SELECT user_id, device_id, delivered_seq, read_seq FROM cursors";
    String where = " WHERE conversation_id = ?";
    this.one = link.prepare(columns + where + " AND user_id = ? AND device_id = ?");
    this.ofUser = link.prepare(columns + where + " AND user_id = ?");
    this.firstPage = link.prepare(columns + where + " LIMIT ?");
    this.nextPage = link.prepare(columns + where + " AND (user_id, device_id) > (?, ?) LIMIT ?");
    String key = " WHERE conversation_id = ? AND user_id = ? AND device_id = ?";
    this.deliver = link.prepare("UPDATE cursors USING TIMESTAMP ? SET delivered_seq = ?" + key);
    this.read = link.prepare("UPDATE cursors USING TIMESTAMP ? SET read_seq = ?" + key);
    this.log =
        link.prepare(
            "INSERT INTO receipts (conversation_id, user_id, device_id, bucket, kind, seq,"
                + " reached_micros) VALUES (?, ?, ?, ?, ?, ?, ?)");
    this.reached =
        link.prepare(
            "SELECT reached_micros FROM receipts WHERE conversation_id = ? AND user_id = ?"
                + " AND device_id = ? AND bucket = ? AND kind = ? AND seq >= ? LIMIT 1");
  }

  /// See [server.messages.MessageStore#acknowledge].
  List<Advance> acknowledge(Collection<Acknowledgement> acknowledgements) {
    List<Acknowledgement> asked = List.copyOf(acknowledgements);
    List<Cursor> before = known(asked);
    long micros = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    List<Packing.Write> logged = new ArrayList<>();
    List<Packing.Write> raised = new ArrayList<>();
    List<Advance> risen = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      Acknowledgement a = asked.get(i);
      Cursor was = before.get(i);
      Cursor now =
          new Cursor(
              a.conversationId(),
              a.userId(),
              a.deviceId(),
              Math.max(a.deliveredSeq(), was.deliveredSeq()),
              Math.max(a.readSeq(), was.readSeq()));
      if (!now.equals(was)) {
        risen.add(new Advance(now, was.deliveredSeq(), was.readSeq()));
        log(logged, now, DELIVERED, was.deliveredSeq(), now.deliveredSeq(), micros);
        log(logged, now, READ, was.readSeq(), now.readSeq(), micros);
        raise(raised, was, now);
      }
    }
    // In this order: what a cursor has passed is logged, or the acknowledgement comes again.
    link.all(packing.pack(logged));
    link.all(packing.pack(raised));
    lock.lock();
    try {
      risen.forEach(advance -> recent.put(Place.of(advance.now()), advance.now()));
    } finally {
      lock.unlock();
    }
    return risen;
  }

  /// Where these cursors stand: as remembered, else as read. Another node may have raised one that
  /// is remembered; then its rise is told from further back, and what it passed may get a later row
  /// besides the one it has, which is the first that counts.
  private List<Cursor> known(List<Acknowledgement> asked) {
    Cursor[] known = new Cursor[asked.size()];
    List<Integer> unknown = new ArrayList<>();
    lock.lock();
    try {
      for (int i = 0; i < known.length; i++) {
        Acknowledgement a = asked.get(i);
        known[i] = recent.get(new Place(a.conversationId(), a.userId(), a.deviceId()));
        if (known[i] == null) {
          unknown.add(i);
        }
      }
    } finally {
      lock.unlock();
    }
    List<BoundStatement> reads = new ArrayList<>();
    for (int i : unknown) {
      Acknowledgement a = asked.get(i);
      reads.add(one.bind(a.conversationId(), a.userId(), a.deviceId()));
    }
    List<List<Row>> found = link.all(reads);
    for (int i = 0; i < found.size(); i++) {
      known[unknown.get(i)] = cursor(asked.get(unknown.get(i)), found.get(i));
    }
    return List.of(known);
  }

  private static Cursor cursor(Acknowledgement of, List<Row> rows) {
    return rows.isEmpty()
        ? new Cursor(of.conversationId(), of.userId(), of.deviceId(), 0, 0)
        : cursor(of.conversationId(), rows.getFirst());
  }

  private static Cursor cursor(UUID conversation, Row row) {
    return new Cursor(
        conversation,
        row.getUuid("user_id"),
        row.getUuid("device_id"),
        row.getLong("delivered_seq"), // an absent one reads as 0
        row.getLong("read_seq"));
  }

  /// A row in each bucket that was passed or reached, so that one look finds the first at or above
  /// any seq.
  private void log(
      List<Packing.Write> to, Cursor now, String kind, long before, long after, long micros) {
    if (after <= before) {
      return;
    }
    for (long b : bucketsPassed(before, after)) {
      BoundStatement row =
          log.bind(now.conversationId(), now.userId(), now.deviceId(), b, kind, after, micros);
      to.add(new Packing.Write(row, ROW_BYTES));
    }
  }

  /// Those in which a rise has a row.
  static long[] bucketsPassed(long before, long after) {
    long last = after / BUCKET;
    long first = Math.max((before + 1) / BUCKET, last - MAX_BUCKETS + 1);
    return LongStream.rangeClosed(first, last).toArray();
  }

  private void raise(List<Packing.Write> to, Cursor before, Cursor now) {
    long delivered = now.deliveredSeq();
    if (delivered > before.deliveredSeq()) {
      to.add(new Packing.Write(raise(deliver, now, delivered), ROW_BYTES));
    }
    if (now.readSeq() > before.readSeq()) {
      to.add(new Packing.Write(raise(read, now, now.readSeq()), ROW_BYTES));
    }
  }

  private static BoundStatement raise(PreparedStatement column, Cursor cursor, long seq) {
    return column.bind(seq, seq, cursor.conversationId(), cursor.userId(), cursor.deviceId());
  }

  /// See [server.messages.MessageStore#cursors].
  Map<Seat, List<Cursor>> of(Collection<Seat> seats) {
    List<Seat> asked = List.copyOf(seats);
    List<List<Row>> found =
        link.all(asked.stream().map(s -> ofUser.bind(s.conversationId(), s.userId())).toList());
    Map<Seat, List<Cursor>> cursors = new HashMap<>();
    for (int i = 0; i < asked.size(); i++) {
      UUID conversation = asked.get(i).conversationId();
      cursors.put(
          asked.get(i), found.get(i).stream().map(row -> cursor(conversation, row)).toList());
    }
    return cursors;
  }

  /// See [server.messages.MessageStore#receipts].
  List<Receipt> receipts(UUID conversation, Cursor after, long atSeq, int limit) {
    List<Row> rows =
        link.all(
            after == null
                ? firstPage.bind(conversation, limit)
                : nextPage.bind(conversation, after.userId(), after.deviceId(), limit));
    List<Cursor> cursors = rows.stream().map(row -> cursor(conversation, row)).toList();
    if (atSeq <= 0) {
      return cursors.stream().map(cursor -> new Receipt(cursor, null, null)).toList();
    }
    List<BoundStatement> reads = new ArrayList<>(2 * cursors.size());
    for (Cursor cursor : cursors) {
      reads.add(reached(cursor, DELIVERED, atSeq));
      reads.add(reached(cursor, READ, atSeq));
    }
    List<List<Row>> found = link.all(reads);
    List<Receipt> receipts = new ArrayList<>();
    for (int i = 0; i < cursors.size(); i++) {
      Instant delivered = instant(found.get(2 * i));
      receipts.add(new Receipt(cursors.get(i), delivered, instant(found.get(2 * i + 1))));
    }
    return receipts;
  }

  private BoundStatement reached(Cursor cursor, String kind, long seq) {
    return reached.bind(
        cursor.conversationId(), cursor.userId(), cursor.deviceId(), seq / BUCKET, kind, seq);
  }

  private static Instant instant(List<Row> rows) {
    return rows.isEmpty()
        ? null
        : Instant.EPOCH.plus(rows.getFirst().getLong("reached_micros"), ChronoUnit.MICROS);
  }

  /// Places a device that has no place yet.
  ///
  /// @param heads where, by conversation
  void start(UUID user, UUID device, Map<UUID, Long> heads) {
    List<UUID> asked = heads.keySet().stream().filter(id -> heads.get(id) > 0).toList();
    List<List<Row>> found = link.all(asked.stream().map(c -> one.bind(c, user, device)).toList());
    List<BoundStatement> raised = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      if (found.get(i).isEmpty()) {
        long head = heads.get(asked.get(i));
        raised.add(deliver.bind(head, head, asked.get(i), user, device));
      }
    }
    link.all(raised);
  }
}
