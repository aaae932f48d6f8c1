package server.messages.cql;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.messages.StoreUnavailable;

/// The slots' logs in CQL.
///
/// One conditional UPDATE adds an entry and moves the segment's static `head`: both are in one
/// partition, and CQL applies an UPDATE's columns together. Its condition and what the linearizable
/// reads see is decided by Paxos among the datacenter's replicas of that partition
/// (`LOCAL_SERIAL`).
final class CqlSlotLog implements SlotLog {
  /// With entries of a few KiB some MB to a partition, at most a few hundred. Part of the layout.
  static final long SEGMENT = 4_096;

  /// Read at once: entries may have an eighth of a MiB each.
  private static final int MAX_READ = 16;

  /// Segments looked at to find the end of the log; `slots.applied` lags by less than one.
  private static final int MAX_SEGMENTS = 1_000;

  private static final Logger log = LoggerFactory.getLogger(CqlSlotLog.class);

  private final CqlLink link;
  private final long length;
  private final PreparedStatement place;
  private final PreparedStatement head;
  private final PreparedStatement append;
  private final PreparedStatement read;
  private final PreparedStatement applied;
  private final PreparedStatement trim;
  private final PreparedStatement trimmed;

  /// @param length of a segment: [#SEGMENT] but for tests
  CqlSlotLog(CqlLink link, long length) {
    this.link = link;
    this.length = length;
    this.place = link.prepare("SELECT applied, trimmed FROM slots WHERE slot = ?");
    this.head =
        link.prepare(
            "SELECT DISTINCT slot, segment, head FROM slot_log WHERE slot = ? AND segment = ?");
    this.append =
        link.prepareConditional(
            "UPDATE slot_log SET head = ?, entry_id = ?, written_at = ?, entry = ?"
                + " WHERE slot = ? AND segment = ? AND position = ? IF head = ?");
    this.read =
        link.prepare(
            "SELECT position, entry_id, written_at, entry FROM slot_log"
                + " WHERE slot = ? AND segment = ? AND position >= ? AND position <= ?");
    this.applied = link.prepare("UPDATE slots USING TIMESTAMP ? SET applied = ? WHERE slot = ?");
    this.trim =
        link.prepare(
            "DELETE FROM slot_log"
                + " WHERE slot = ? AND segment = ? AND position >= ? AND position <= ?");
    this.trimmed = link.prepare("UPDATE slots USING TIMESTAMP ? SET trimmed = ? WHERE slot = ?");
  }

  @Override
  public long segmentLength() {
    return length;
  }

  private long segment(long position) {
    return position / length;
  }

  private long first(long segment) {
    return Math.max(1, segment * length);
  }

  private long last(long segment) {
    return (segment + 1) * length - 1;
  }

  @Override
  public Place place(int slot) {
    List<Row> rows = link.all(place.bind(slot));
    if (rows.isEmpty()) {
      return new Place(0, 0);
    }
    Row row = rows.getFirst(); // a null reads as 0
    return new Place(row.getLong("applied"), row.getLong("trimmed"));
  }

  @Override
  public long head(int slot, long from) {
    long found = from;
    long segment = segment(from + 1);
    for (int looked = 0; looked < MAX_SEGMENTS; looked++) {
      List<Row> rows = link.all(serial(head.bind(slot, segment)));
      if (rows.isEmpty() || rows.getFirst().isNull("head")) {
        return found;
      }
      found = rows.getFirst().getLong("head");
      if (found < last(segment)) {
        return found;
      }
      segment++;
    }
    return found; // a later one than before: the caller comes again
  }

  private static BoundStatement serial(BoundStatement statement) {
    return statement.setConsistencyLevel(DefaultConsistencyLevel.LOCAL_SERIAL);
  }

  @Override
  public Outcome append(int slot, long position, Entry entry) {
    long segment = segment(position);
    Long before = position == first(segment) ? null : position - 1;
    var statement =
        append.bind(
            position,
            entry.id(),
            entry.writtenAtMicros(),
            EntryCodec.encode(entry),
            slot,
            segment,
            position,
            before);
    try {
      Row answer = link.once(statement).getFirst();
      return answer.getBoolean("[applied]") ? new Added() : taken(answer, slot, position);
    } catch (StoreUnavailable e) {
      return new Unknown(e.getCause());
    }
  }

  private static Outcome taken(Row answer, int slot, long position) {
    boolean told = answer.getColumnDefinitions().contains("head") && !answer.isNull("head");
    long head = told ? answer.getLong("head") : 0;
    if (head < position) {
      throw new StoreUnavailable(
          new IllegalStateException(
              "slot " + slot + " ends at " + head + ", before " + position + ": is data lost?"));
    }
    return new Taken(head);
  }

  @Override
  public List<Entry> read(int slot, long from, long to) {
    long segment = segment(from);
    long end = Math.min(Math.min(to, last(segment)), from + MAX_READ - 1);
    List<Entry> entries = new ArrayList<>();
    for (Row row : link.all(serial(read.bind(slot, segment, from, end)))) {
      if (row.getLong("position") != from + entries.size()) {
        break;
      }
      entries.add(
          EntryCodec.decode(
              row.getUuid("entry_id"), row.getLong("written_at"), row.getByteBuffer("entry")));
    }
    return entries;
  }

  @Override
  public void tellApplied(int slot, long position) {
    link.send(applied.bind(position, position, slot))
        .whenComplete((_, failure) -> {
          if (failure != null) {
            log.debug("slot {} at {}: not told: {}", slot, position, failure.toString());
          }
        });
  }

  @Override
  public void noteApplied(int slot, long position) {
    link.all(applied.bind(position, position, slot));
  }

  @Override
  public void trim(int slot, long from, long to) {
    for (long segment = segment(from); segment <= segment(to); segment++) {
      link.all(trim.bind(slot, segment, first(segment), last(segment)));
      link.all(trimmed.bind(last(segment), last(segment), slot));
    }
  }
}
