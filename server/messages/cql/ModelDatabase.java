package server.messages.cql;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import server.messages.Draft;
import server.messages.Message;

/// What the primitives of the commit protocol mean, in memory: the log of one slot, the tables, and
/// the members with the row lock that changes of them take. Each method is one atomic step; who
/// comes when, and what fails, is decided elsewhere. Used by one thread at a time.
final class ModelDatabase {
  /// A change of members that was committed.
  ///
  /// @param head the conversation's last seq at its place in the log, as the change was told
  record Change(UUID conversation, UUID user, boolean joined, long head, long version) {}

  /// A proposal whose answer was lost, and which may still get in.
  record Limbo(long position, Entry entry) {}

  static final long SEGMENT = 4; // so that trims come often

  private final Map<Long, Entry> log = new HashMap<>();
  private long head;
  private long applied;
  private long trimmed;
  final List<Limbo> limbo = new ArrayList<>();

  private final Map<UUID, TreeMap<Long, Message>> messages = new HashMap<>();
  private final Map<Draft.Key, Rows.First> firsts = new HashMap<>();
  private final Map<UUID, Long> heads = new HashMap<>();

  private final Map<UUID, Set<UUID>> members = new HashMap<>();
  private final Map<UUID, Long> versions = new HashMap<>();
  private final Map<UUID, Object> rowLocks = new HashMap<>();
  final List<Change> changes = new ArrayList<>();

  // The log.

  SlotLog.Place place() {
    return new SlotLog.Place(applied, trimmed);
  }

  long head() {
    return head;
  }

  /// True when added.
  boolean append(long position, Entry entry) {
    if (head != position - 1) {
      return false;
    }
    head = position;
    log.put(position, entry);
    return true;
  }

  /// What is there, up to the end of the segment.
  List<Entry> read(long from, long to) {
    List<Entry> found = new ArrayList<>();
    long end = Math.min(to, from - from % SEGMENT + SEGMENT - 1);
    for (long position = from; position <= end && log.containsKey(position); position++) {
      found.add(log.get(position));
    }
    return found;
  }

  void applied(long position) {
    applied = Math.max(applied, position);
  }

  void delete(long from, long to) {
    log.keySet().removeIf(position -> position >= from && position <= to);
  }

  void trimmed(long position) {
    trimmed = Math.max(trimmed, position);
  }

  // The tables.

  Rows.First first(Draft.Key key) {
    return firsts.get(key);
  }

  long head(UUID conversation) {
    return heads.getOrDefault(conversation, 0L);
  }

  List<Message> messages(UUID conversation) {
    return List.copyOf(messages.getOrDefault(conversation, new TreeMap<>()).values());
  }

  void writeMessage(Message message) {
    Message before =
        messages
            .computeIfAbsent(message.conversationId(), _ -> new TreeMap<>())
            .put(message.seq(), message);
    check(before == null || before.equals(message), "a seq is given twice: " + before + message);
  }

  void writeKey(Message message) {
    var key =
        new Draft.Key(
            message.conversationId(), message.senderDeviceId(), message.clientMessageId());
    var first = new Rows.First(message.seq(), message.sentAt());
    Rows.First before = firsts.put(key, first);
    check(before == null || before.equals(first), "a key has two answers: " + before + first);
  }

  void writeHead(UUID conversation, long seq) {
    heads.merge(conversation, seq, Math::max); // the timestamp is the seq: it never goes back
    check(
        isThere(conversation, seq), "a head says " + seq + ", and not all up to there is written");
  }

  /// Whether every message up to this one can be read.
  boolean isThere(UUID conversation, long seq) {
    var written = messages.getOrDefault(conversation, new TreeMap<>());
    return written.headMap(seq, true).size() == seq;
  }

  // PostgreSQL.

  void create(UUID conversation, Set<UUID> users) {
    members.put(conversation, new HashSet<>(users));
    versions.put(conversation, 1L);
  }

  boolean isLocked(UUID conversation) {
    return rowLocks.containsKey(conversation);
  }

  void lock(UUID conversation, Object owner) {
    check(rowLocks.putIfAbsent(conversation, owner) == null, "locked twice");
  }

  /// Ends a transaction, also one that has lost its lock.
  void unlock(UUID conversation, Object owner) {
    rowLocks.remove(conversation, owner);
  }

  boolean isMember(UUID conversation, UUID user) {
    return members.get(conversation).contains(user);
  }

  Set<UUID> members(UUID conversation) {
    return Set.copyOf(members.get(conversation));
  }

  long version(UUID conversation) {
    return versions.get(conversation);
  }

  /// Commits a change if its transaction still has the lock.
  boolean commit(UUID conversation, UUID user, long head, Object owner) {
    if (rowLocks.get(conversation) != owner) {
      return false;
    }
    Set<UUID> now = members.get(conversation);
    boolean joined = now.add(user);
    if (!joined) {
      now.remove(user);
    }
    long version = versions.merge(conversation, 1L, Long::sum);
    changes.add(new Change(conversation, user, joined, head, version));
    rowLocks.remove(conversation);
    return true;
  }

  static void check(boolean right, String otherwise) {
    if (!right) {
      throw new Violation(otherwise);
    }
  }

  /// A promise was broken.
  static final class Violation extends AssertionError {
    private static final long serialVersionUID = 1L;

    Violation(String what) {
      super(what);
    }
  }
}
