package server.messages.cql;

import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import fixtures.urls.CqlUrl;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jooq.DSLContext;
import server.messages.Acknowledgement;
import server.messages.Advance;
import server.messages.Appended;
import server.messages.Cursor;
import server.messages.Draft;
import server.messages.Message;
import server.messages.MessageStore;
import server.messages.Receipt;

/// Messages in ScyllaDB or Cassandra; who is a member stays in PostgreSQL. [Slot] tells how a batch
/// is committed, [CqlCursors] how cursors are kept.
///
/// Durable before [#append] returns: the entry is accepted by a quorum of the datacenter's replicas
/// (Paxos), and its rows are written at `LOCAL_QUORUM`; how soon a replica's own commit log is
/// flushed is the cluster's setting.
public final class CqlMessageStore implements MessageStore {
  /// How many batches may usefully be under way: one in each slot.
  public static final int COMMITTERS = Slots.COUNT;

  private final CqlLink link;
  private final PostgresRoster roster;
  private final CqlRows rows;
  private final CqlMessages messages;
  private final CqlCursors cursors;
  private final Slots slots;
  private final ActivityCopy activity;

  private CqlMessageStore(CqlLink link, DSLContext members) {
    this.link = link;
    this.roster = new PostgresRoster(members);
    this.rows = new CqlRows(link);
    this.messages = new CqlMessages(link);
    this.cursors = new CqlCursors(link);
    this.activity = new ActivityCopy(members);
    var ground =
        new Ground(
            new CqlSlotLog(link, CqlSlotLog.SEGMENT),
            rows,
            roster,
            InstantSource.system(),
            Pause.JITTERED,
            () -> new ReentrantLock(true)); // fair: a fence gets its turn
    UUID node = UUID.randomUUID();
    this.slots = new Slots(number -> new Slot(number, node, ground));
  }

  /// Connects. The schema is there; whether it is the right one is asked elsewhere.
  ///
  /// @param members PostgreSQL, by connections that requests do not use up
  /// @throws fixtures.urls.EnvironmentError when no node of the CQL database answers
  public static CqlMessageStore open(CqlUrl url, DSLContext members) {
    CqlLink link = CqlLink.open(url);
    try {
      return new CqlMessageStore(link, members);
    } catch (RuntimeException e) {
      link.close();
      throw e;
    }
  }

  /// Puts a change of a conversation's members in its place among the messages: stored after it is
  /// only what was judged by the members after the change. Called inside the transaction that holds
  /// the conversation's row `FOR UPDATE` and commits the change afterwards.
  ///
  /// @return the conversation's `last_seq` at that place
  /// @throws server.messages.StoreUnavailable when that is unknown; then the change must not happen
  public long fence(UUID conversationId) {
    return slots.fence(conversationId);
  }

  /// Which of the slots a conversation's messages are committed in. Writers of one slot compete.
  public static int slot(UUID conversationId) {
    return Slots.number(conversationId);
  }

  /// The database's own id of the place where the slots' logs are kept: no two databases have the
  /// same. Empty where the database tells none.
  public Optional<UUID> place() {
    return link.tableId("slot_log");
  }

  /// Whether the database answers; throws or waits when it does not.
  public boolean answers() {
    return !link.once(SimpleStatement.newInstance("SELECT key FROM system.local")).isEmpty();
  }

  @Override
  public List<Appended> append(List<Draft> batch) {
    List<Appended> answers = slots.append(batch);
    activity.note(batch, answers);
    return answers;
  }

  @Override
  public Map<Span, List<Message>> readForward(Collection<Span> spans, int each) {
    return messages.forward(spans, each);
  }

  @Override
  public List<Message> readBackward(UUID conversationId, long beforeSeq, int limit) {
    long head = rows.heads(List.of(conversationId)).getOrDefault(conversationId, 0L);
    return messages.backward(conversationId, Math.min(head, beforeSeq - 1), limit);
  }

  /// What has no head is either without messages or not there: only PostgreSQL knows.
  @Override
  public Map<UUID, Long> heads(Collection<UUID> conversationIds) {
    Map<UUID, Long> heads = new HashMap<>(rows.heads(conversationIds));
    List<UUID> without = new ArrayList<>(conversationIds);
    without.removeIf(heads::containsKey);
    if (!without.isEmpty()) {
      roster.existing(without).forEach(id -> heads.put(id, 0L));
    }
    return heads;
  }

  @Override
  public int countOthers(UUID conversationId, UUID userId, long afterSeq, long toSeq, int cap) {
    var span = new Span(conversationId, afterSeq, toSeq);
    return countOthers(userId, List.of(span), cap).get(conversationId);
  }

  @Override
  public Map<UUID, Integer> countOthers(UUID userId, Collection<Span> spans, int cap) {
    return messages.countOthers(userId, spans, cap);
  }

  @Override
  public List<Advance> acknowledge(Collection<Acknowledgement> acknowledgements) {
    return cursors.acknowledge(acknowledgements);
  }

  @Override
  public Map<Seat, List<Cursor>> cursors(Collection<Seat> seats) {
    return cursors.of(seats);
  }

  @Override
  public List<Receipt> receipts(UUID conversationId, Cursor after, long atSeq, int limit) {
    return cursors.receipts(conversationId, after, atSeq, limit);
  }

  @Override
  public void startDevice(UUID userId, UUID deviceId, Collection<UUID> conversationIds) {
    cursors.start(userId, deviceId, rows.heads(conversationIds));
  }

  @Override
  public void close() {
    activity.close();
    link.close();
  }
}
